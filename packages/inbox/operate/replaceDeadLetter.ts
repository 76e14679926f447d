import type { ConsumedRecord } from '@relevo/kafka'
import { v7 as uuidv7 } from 'uuid'
import { type DeadLetterReason, type ReceiveOptions, receiveRecord } from '../receivedRecord.ts'
import type { SqlClient } from '../sql/deadLetterFilter.ts'
import { readDeadLetter, type WholeDeadLetter } from '../sql/listDeadLetters.ts'
import { previewRedrive } from '../sql/previewRedrive.ts'
import { insertReplacement } from '../sql/replaceDeadLetter.ts'

export interface ReplaceRequest {
  /** The number of the dead letter. */
  readonly id: string
  /** The consumer group; default: any. */
  readonly consumer?: string | undefined
  /** The replacement's payload: JSON. */
  readonly value: string
  /** Why; kept with the letter. */
  readonly note: string
  /** Only reports what would be done. */
  readonly dryRun?: boolean | undefined
}

export type ReplaceResult =
  /** `eventId` is undefined after a dry run. `waiting`: held events of its key, which come first. */
  | {
      readonly outcome: 'replaced'
      readonly eventId: string | undefined
      readonly type: string
      readonly key: string
      readonly waiting: number
    }
  /** The new event would become a dead letter, too. */
  | { readonly outcome: 'invalid'; readonly reason: DeadLetterReason; readonly error: string }
  /** There is no such dead letter. */
  | { readonly outcome: 'gone' }

/** How the consumer receives records; its `consumer` is that of the letter. */
export type ReplaceRules = Omit<ReceiveOptions, 'consumer'>

/**
 * Replaces a dead letter by a new event with its own id, the letter's id as `ce_causationid`, the letter's key and other
 * headers, and another payload. Like a redrive, it reaches only the consumer that gave the letter up, after the
 * held events of its key. The letter is discarded for good. Errors: the database's.
 * @param rules undefined: no schema is known here; the consumer checks the event when it takes it.
 */
export async function replaceDeadLetter(
  client: SqlClient,
  { id, consumer, value, note, dryRun = false }: ReplaceRequest,
  rules?: ReplaceRules,
): Promise<ReplaceResult> {
  const letter = await readDeadLetter(client, { id, consumer })
  if (letter?.state !== 'dead') return { outcome: 'gone' }
  const record = recordInstead(letter, value, Date.now())
  const received = receiveRecord(record, { ...(rules ?? anyEvent(record)), consumer: letter.consumer })
  if (received.kind === 'ignored')
    return {
      outcome: 'invalid',
      reason: 'unknownType',
      error: 'The consumer does not take events of this type',
    }
  if (received.kind === 'dead') {
    const { reason, error } = received
    return { outcome: 'invalid', reason, error }
  }
  const { event: identity } = received
  const { waiting } = await previewRedrive(client, { id, consumer })
  const { type, key } = identity
  if (dryRun) return { outcome: 'replaced', eventId: undefined, type, key, waiting }
  if (!(await insertReplacement(client, id, { record, identity }, note))) return { outcome: 'gone' }
  return { outcome: 'replaced', eventId: identity.id, type, key, waiting }
}

/** The record as which the new event would have arrived. @param now milliseconds since 1970. */
export function recordInstead(letter: WholeDeadLetter, value: string, now: number): ConsumedRecord {
  const { topic, partition, offset, wholeKey, eventId, headers } = letter
  // A record without an id is identified by its offset.
  const cause = eventId ?? `record:${topic}/${partition}/${offset}`
  return {
    ...{ topic, partition, offset: BigInt(offset), key: wholeKey?.toString() ?? null },
    value: Buffer.from(value),
    headers: {
      ...headers,
      ce_specversion: '1.0',
      ce_id: uuidv7({ msecs: now }), // `inbox.processed` has its days by version 7
      ce_time: new Date(now).toISOString(),
      ce_causationid: cause,
      ce_correlationid: headers.ce_correlationid ?? cause,
    },
    timestamp: now,
  }
}

/** Any JSON. */
function anyEvent({ headers }: ConsumedRecord): ReplaceRules {
  const handlers = { [headers.ce_type ?? '']: { handle: async () => {} } }
  return { handlers, onUnknownType: 'deadLetter', bounds: { recordBytes: Number.POSITIVE_INFINITY } }
}
