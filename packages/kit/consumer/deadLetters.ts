import { type DeadLetter, deadLetterReasons, deadLetterStates, listDeadLetters } from '@relevo/inbox'
import { z } from 'zod'
import type { Endpoints, Reply } from '../http/endpoint.ts'
import { type Language, type Page, pageAnswer, pageQuery } from '../http/parameters.ts'
import { ServiceError } from '../serviceError.ts'
import type { Consumer } from './startConsumer.ts'

const count = z.int().min(0)
const time = z.iso.datetime()

const texts = {
  es: {
    list: 'Los eventos que se han dado por fallidos, los más recientes primero',
    page: 'Una página de eventos fallidos',
    redriven: 'Con "true", también las que ya se han reenviado',
    noId: 'Nulo si el registro no tiene uno válido: no se puede reenviar',
    group: 'Común a los que fallan por lo mismo',
    note: 'Por qué se ha descartado',
    redriveAll: 'Da nuevos intentos a todos los eventos fallidos',
    howMany: 'Cuántos se reenvían',
    redrive: 'Da nuevos intentos a un evento fallido, detrás de los que esperan de su clave',
    done: 'Se reenvía',
    unknown: 'No hay ningún evento fallido con ese identificador que se pueda reenviar',
  },
  en: {
    list: 'Events that were given up, the newest first',
    page: 'A page of dead letters',
    redriven: 'With "true", those that were driven again as well',
    noId: 'Null when the record has none that is valid: it cannot be driven again',
    group: 'Shared by those that failed for the same reason',
    note: 'Why it was discarded',
    redriveAll: 'Gives every dead letter new tries',
    howMany: 'How many are tried again',
    redrive: 'Gives a dead letter new tries, behind the events of its key that wait',
    done: 'It is tried again',
    unknown: 'There is no dead letter of this event that can be driven again.',
  },
} as const

/** The endpoints of a consumer's dead letters below `prefix`, whose parameters `params` checks. */
export function deadLetterEndpoints<const Prefix extends string, Params extends z.ZodRawShape>(
  language: Language,
  prefix: Prefix,
  params: Params,
) {
  const text = texts[language]
  const deadLetter = z.object({
    id: count,
    offset: count,
    event_id: z.uuid().nullable().meta({ description: text.noId }),
    type: z.string().nullable(),
    key: z.string().nullable(),
    topic: z.string(),
    partition: count,
    reason: z.enum(deadLetterReasons),
    error: z.string(),
    attempts: count,
    state: z.enum(deadLetterStates),
    group: z.string().meta({ description: text.group }),
    dead_at: time,
    redriven_at: time.nullable(),
    discarded_at: time.nullable(),
    note: z.string().nullable().meta({ description: text.note }),
  })
  const redriven = z.enum(['true', 'false']).optional().meta({ description: text.redriven })
  const answer = (amount: z.ZodType) => z.object({ success: z.literal(true), redriven: amount })
  return {
    listDeadLetters: {
      method: 'get',
      path: `${prefix}/dead-letters`,
      summary: text.list,
      params: z.object(params),
      query: pageQuery(language).extend({ redriven }),
      responses: {
        200: { description: text.page, schema: pageAnswer(language, 'dead_letters', deadLetter) },
      },
    },
    redriveAll: {
      method: 'post',
      path: `${prefix}/dead-letters/redrive`,
      summary: text.redriveAll,
      role: 'operator',
      params: z.object(params),
      responses: { 202: { description: text.howMany, schema: answer(count) } },
    },
    redrive: {
      method: 'post',
      path: `${prefix}/dead-letters/:eventId/redrive`,
      summary: text.redrive,
      role: 'operator',
      params: z.object({ ...params, eventId: z.uuid() }),
      responses: { 202: { description: text.done, schema: answer(z.literal(1)) } },
      errors: { 404: text.unknown },
    },
  } as const satisfies Endpoints
}

/** What answers the endpoints of dead letters for one consumer. */
export function deadLetterReplies(language: Language, { inbox, pool, groupId }: DeadLetterSource) {
  return {
    async listDeadLetters(query: Page & { readonly redriven?: string | undefined }): Promise<Reply> {
      const { cursor, limit, redriven } = query
      const states = redriven === 'true' ? deadLetterStates : (['dead'] as const)
      const { letters, nextCursor } = await listDeadLetters(
        pool,
        { consumer: groupId },
        { states, limit, cursor: cursor?.toString() },
      )
      return {
        body: {
          count: letters.length,
          dead_letters: letters.map(toAnswer),
          ...(nextCursor !== undefined && { next_cursor: nextCursor }),
        },
      }
    },
    async redriveAll(): Promise<Reply> {
      return { status: 202, body: { success: true, redriven: await inbox.redriveAll() } }
    },
    async redrive(eventId: string): Promise<Reply> {
      if (!(await inbox.redrive(eventId))) throw new ServiceError('notFound', texts[language].unknown)
      return { status: 202, body: { success: true, redriven: 1 } }
    },
  }
}

function toAnswer(letter: DeadLetter): object {
  const { id, offset, eventId, type, topic, partition, reason, error, attempts, deadAt, redrivenAt } = letter
  const { key, state, fingerprint, discardedAt, note } = letter
  return {
    id: Number(id),
    offset: Number(offset),
    event_id: eventId,
    type,
    key,
    topic,
    partition,
    reason,
    error,
    attempts,
    state,
    group: fingerprint,
    dead_at: deadAt,
    redriven_at: redrivenAt,
    discarded_at: discardedAt,
    note,
  }
}

type DeadLetterSource = Pick<Consumer, 'inbox' | 'pool' | 'groupId'>
