import {
  askSagas,
  type CommandResult,
  commandResults,
  type ListedSaga,
  lateTreatments,
  listSagas,
  type OperatorCommand,
  readSaga,
  type Sagas,
  sagaStatuses,
  type WholeSaga,
} from '@relevo/saga'
import type pg from 'pg'
import { z } from 'zod'
import type { Endpoints, Handlers, Reply } from '../http/endpoint.ts'
import { integerParameter, type Language, pageQuery } from '../http/parameters.ts'
import { ServiceError } from '../serviceError.ts'
import { type SagaTexts, sagaTexts } from './sagaTexts.ts'

const count = z.int().min(0)
const time = z.iso.datetime()

function schemas(text: SagaTexts) {
  const saga = z.object({
    id: z.uuid(),
    name: z.string(),
    version: z.int().min(1),
    key: z.string(),
    status: z.enum(sagaStatuses),
    reason: z.string().nullable().meta({ description: text.reason }),
    step: z.string().nullable().meta({ description: text.step }),
    attempt: count.nullable(),
    undo: z.boolean().nullable().meta({ description: text.undo }),
    due_at: time.nullable(),
    stuck_since: time.nullable(),
    error: z.string().nullable(),
    started_at: time,
    updated_at: time,
    ended_at: time.nullable(),
  })
  const place = { at: time, step: z.string().nullable(), attempt: count.nullable() }
  const whole = saga.extend({
    data: z.unknown(),
    steps: z.record(z.string(), z.object({ status: z.string(), attempts: count })),
    history: z.array(z.object({ ...place, kind: z.string(), undo: z.boolean(), detail: z.unknown() })),
    late_replies: z.array(
      z.object({ ...place, type: z.string(), event_id: z.uuid(), treatment: z.enum(lateTreatments) }),
    ),
    waiting: z.array(z.object({ at: time, kind: z.string(), error: z.string().nullable() })),
  })
  return {
    saga,
    whole,
    asked: z.object({ success: z.literal(true), result: z.enum(commandResults).optional() }),
  }
}

/** The endpoints of a service's sagas: what is under way, one whole, and what operators can do about it. */
export function sagaEndpoints(language: Language) {
  const text = sagaTexts[language]
  const { saga, whole, asked } = schemas(text)
  const params = z.object({ id: z.uuid() })
  const command = <const Path extends string>(path: Path, summary: string) =>
    ({
      method: 'post',
      path: `/sagas/:id/${path}`,
      summary,
      role: 'operator',
      params,
      body: z.strictObject({ reason: z.string().trim().min(1).max(2_000).meta({ description: text.why }) }),
      responses: {
        200: { description: text.done, schema: asked },
        202: { description: text.pending, schema: asked },
      },
      errors: { 404: text.unknown, 409: text.tooLate },
    }) as const
  const { limit } = pageQuery(language).shape
  return {
    listSagas: {
      method: 'get',
      path: '/sagas',
      summary: text.list,
      query: z.strictObject({
        name: z.string().optional(),
        key: z.string().optional(),
        status: z.enum(sagaStatuses).optional(),
        step: z.string().optional(),
        stuck: z.enum(['true', 'false']).optional(),
        older_than_seconds: integerParameter({ min: 0, max: 1_000_000_000 }).optional(),
        cursor: z.uuid().optional(),
        limit,
      }),
      responses: {
        200: {
          description: text.page,
          schema: z.object({ count, sagas: z.array(saga), next_cursor: z.uuid().optional() }),
        },
      },
    },
    showSaga: {
      method: 'get',
      path: '/sagas/:id',
      summary: text.show,
      params,
      responses: { 200: { description: text.whole, schema: whole } },
      errors: { 404: text.unknown },
    },
    retrySaga: command('retry', text.retry),
    compensateSaga: command('compensate', text.compensate),
    giveUpSaga: command('give-up', text.giveUp),
  } as const satisfies Endpoints
}

interface SagaParts {
  readonly pool: pg.Pool
  readonly sagas: Pick<Sagas, 'wake'>
  /** How long an answer waits for the process that has the saga's definition; default 5 s. */
  readonly waitMs?: number
}

/** What answers {@link sagaEndpoints}. */
export function sagaHandlers(
  language: Language,
  { pool, sagas, waitMs = 5_000 }: SagaParts,
): Handlers<ReturnType<typeof sagaEndpoints>> {
  const text = sagaTexts[language]
  async function ask(id: string, command: OperatorCommand, note: string): Promise<Reply> {
    const [asked] = await askSagas(pool, { id }, command, { note, waitMs, onAsked: sagas.wake })
    if (asked === undefined) throw new ServiceError('notFound', text.unknown)
    return replyTo(asked.result, text)
  }
  return {
    listSagas: async ({ query }) => {
      const { limit, cursor, stuck, older_than_seconds: olderThanSeconds, ...filter } = query
      const wanted = { ...filter, olderThanSeconds, ...(stuck && { stuck: stuck === 'true' }) }
      const { sagas: found, nextCursor } = await listSagas(pool, wanted, { limit, cursor })
      const next = nextCursor === undefined ? {} : { next_cursor: nextCursor }
      return { body: { count: found.length, sagas: found.map(toAnswer), ...next } }
    },
    showSaga: async ({ params }) => {
      const found = await readSaga(pool, params.id)
      if (found === undefined) throw new ServiceError('notFound', text.unknown)
      return { body: toWholeAnswer(found) }
    },
    retrySaga: ({ params, body }) => ask(params.id, 'retry', body.reason),
    compensateSaga: ({ params, body }) => ask(params.id, 'compensate', body.reason),
    giveUpSaga: ({ params, body }) => ask(params.id, 'giveUp', body.reason),
  }
}

function replyTo(result: CommandResult | undefined, text: SagaTexts): Reply {
  if (result === 'pastPivot') throw new ServiceError('conflict', text.pastPivot)
  if (result === 'refused') throw new ServiceError('conflict', text.refused)
  if (result === 'ended') throw new ServiceError('conflict', text.ended)
  return { status: result === 'done' ? 200 : 202, body: { success: true, ...(result && { result }) } }
}

function toAnswer(saga: ListedSaga): object {
  const { id, name, version, key, status, reason, step, attempt, undo, error } = saga
  return {
    id,
    name,
    version,
    key,
    status,
    reason,
    step,
    attempt,
    undo,
    due_at: saga.dueAt,
    stuck_since: saga.stuckSince,
    error,
    started_at: saga.startedAt,
    updated_at: saga.updatedAt,
    ended_at: saga.endedAt,
  }
}

function toWholeAnswer(saga: WholeSaga): object {
  const { data, steps, history, lateReplies, waiting } = saga
  const late_replies = lateReplies.map(({ eventId, ...reply }) => ({ ...reply, event_id: eventId }))
  return { ...toAnswer(saga), data, steps, history, late_replies, waiting }
}
