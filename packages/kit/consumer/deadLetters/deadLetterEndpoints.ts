import { deadLetterStates } from '@relevo/inbox'
import { z } from 'zod'
import type { Endpoints } from '../../http/endpoint.ts'
import { integerParameter, type Language, pageAnswer, pageQuery } from '../../http/parameters.ts'
import {
  deedSchema,
  groupSchema,
  letterSchema,
  previewSchema,
  replacementSchema,
  wholeLetterSchema,
} from './answers.ts'
import { commandParameters, deliberateParameters, filterParameters, letterNumber } from './filters.ts'
import { type DeadLetterTexts, deadLetterTexts } from './texts.ts'

/** Which of several consumers is meant by the path. */
export interface ConsumerPath<Params extends z.ZodRawShape> {
  readonly prefix: string
  /** Checks the parameters of the prefix. */
  readonly params: Params
  /** What 404 says besides: there is no such consumer. */
  readonly unknown: string
}

/** The endpoints of a consumer's dead letters; what they do is what `relevo dead-letters` does. */
export function deadLetterEndpoints<Params extends z.ZodRawShape = Record<never, never>>(
  language: Language,
  path: ConsumerPath<Params> = { prefix: '', params: {} as Params, unknown: '' },
) {
  // The last is one whose path takes in those of the others.
  return { ...lists(language, path), ...commands(language, path), ...whole(language, path) } as const
}

function lists<Params extends z.ZodRawShape>(language: Language, path: ConsumerPath<Params>) {
  const texts = deadLetterTexts[language]
  const { params, unknown } = path
  const base = `${path.prefix}/dead-letters`
  const errors = notFound(unknown)
  return {
    listDeadLetters: {
      method: 'get',
      path: base,
      summary: texts.list,
      params: z.object(params),
      query: listQuery(language, texts),
      responses: {
        200: {
          description: texts.page,
          schema: pageAnswer(language, 'dead_letters', letterSchema(texts)),
        },
      },
      errors,
    },
    groupDeadLetters: {
      method: 'get',
      path: `${base}/groups`,
      summary: texts.groups,
      params: z.object(params),
      query: groupQuery(texts),
      responses: {
        200: {
          description: texts.groupsPage,
          schema: z.object({ count: z.int().min(0), groups: z.array(groupSchema(texts)) }),
        },
      },
      errors,
    },
    previewRedrive: {
      method: 'get',
      path: `${base}/preview`,
      summary: texts.preview,
      params: z.object(params),
      query: z.strictObject(commandParameters(texts)),
      responses: { 200: { description: texts.previewed, schema: previewSchema(texts) } },
      errors,
    },
  } as const satisfies Endpoints
}

function commands<Params extends z.ZodRawShape>(language: Language, path: ConsumerPath<Params>) {
  const texts = deadLetterTexts[language]
  const { params, unknown } = path
  const base = `${path.prefix}/dead-letters`
  const errors = notFound(unknown)
  return {
    redriveAll: {
      method: 'post',
      path: `${base}/redrive`,
      summary: texts.redriveAll,
      role: 'operator',
      params: z.object(params),
      query: z.strictObject(commandParameters(texts)),
      responses: { 202: { description: texts.howMany, schema: deedSchema('redriven') } },
      errors,
    },
    discard: {
      method: 'post',
      path: `${base}/discard`,
      summary: texts.discard,
      role: 'operator',
      params: z.object(params),
      query: z.strictObject(deliberateParameters(texts)),
      body: z.strictObject({ note: noteOf(texts) }),
      responses: { 200: { description: texts.discarded, schema: deedSchema('discarded') } },
      errors,
    },
    archive: {
      method: 'post',
      path: `${base}/archive`,
      summary: texts.archive,
      role: 'operator',
      params: z.object(params),
      query: z.strictObject(deliberateParameters(texts)),
      body: z.strictObject({ note: noteOf(texts) }),
      responses: { 200: { description: texts.archived, schema: deedSchema('archived') } },
      errors,
    },
    revive: {
      method: 'post',
      path: `${base}/revive`,
      summary: texts.revive,
      role: 'operator',
      params: z.object(params),
      query: z.strictObject(deliberateParameters(texts)),
      responses: { 200: { description: texts.revived, schema: deedSchema('revived') } },
      errors,
    },
    redrive: {
      method: 'post',
      path: `${base}/:eventId/redrive`,
      summary: texts.redrive,
      role: 'operator',
      params: z.object({ ...params, eventId: z.uuid() }),
      responses: { 202: { description: texts.done, schema: deedSchema('redriven') } },
      errors: notFound(unknown, texts.unknown),
    },
  } as const satisfies Endpoints
}

function whole<Params extends z.ZodRawShape>(language: Language, path: ConsumerPath<Params>) {
  const texts = deadLetterTexts[language]
  return {
    showDeadLetter: {
      method: 'get',
      path: `${path.prefix}/dead-letters/:id`,
      summary: texts.show,
      role: 'operator',
      params: z.object({ ...path.params, id: integerParameter(letterNumber) }),
      responses: { 200: { description: texts.shown, schema: wholeLetterSchema(texts) } },
      errors: notFound(path.unknown, texts.noLetter),
    },
    replace: {
      method: 'post',
      path: `${path.prefix}/dead-letters/:id/replace`,
      summary: texts.replace,
      role: 'operator',
      params: z.object({ ...path.params, id: integerParameter(letterNumber) }),
      query: z.strictObject({
        dry_run: z.enum(['true', 'false']).optional().meta({ description: texts.dryRun }),
      }),
      body: z.strictObject({
        value: z.string().min(1).meta({ description: texts.newValue }),
        note: noteOf(texts),
      }),
      responses: { 200: { description: texts.replaced, schema: replacementSchema(texts) } },
      errors: { ...notFound(path.unknown, texts.noLetter), 422: texts.notTaken },
    },
  } as const satisfies Endpoints
}

function noteOf(texts: DeadLetterTexts) {
  return z.string().min(1).max(1_000).meta({ description: texts.note })
}

function notFound(...reasons: readonly string[]): Readonly<Record<number, string>> {
  const text = reasons.filter((reason) => reason !== '').join(' ')
  return text === '' ? {} : { 404: text }
}

function listQuery(language: Language, texts: DeadLetterTexts) {
  return pageQuery(language).extend({
    redriven: z.enum(['true', 'false']).optional().meta({ description: texts.redriven }),
    state: z.enum(deadLetterStates).optional().meta({ description: texts.state }),
    ...filterParameters(texts),
  })
}

function groupQuery(texts: DeadLetterTexts) {
  const limit = integerParameter({ min: 1, max: 1_000, description: texts.groupsLimit })
  const state = z.enum(deadLetterStates).optional().meta({ description: texts.state })
  return z.strictObject({ limit: limit.default(100), state, ...filterParameters(texts) })
}
