import type { ConsumedRecord } from '@relevo/kafka'
import { describeError, storable, withoutNul } from './inboxError.ts'
import type { InboxEvent, InboxHandler, InboxHandlers } from './inboxEvent.ts'
import { findExcess, type RecordBounds } from './recordBounds.ts'

/** Why a record becomes a dead letter. */
export const deadLetterReasons = [
  'undecodable', // its bytes cannot be read
  'outOfBounds', // too many headers, or too large
  'missingId',
  'invalidId',
  'missingType',
  'unknownType',
  'noValue', // a tombstone: Relevo deletes no events, so that it cannot be one
  'invalidJson',
  'schemaViolation',
  'rejected', // by the handler
  'attemptsExhausted',
  'unavailable', // what its handler depends on was away for too long
  'unstorable', // the database rejects it
] as const

export type DeadLetterReason = (typeof deadLetterReasons)[number]

/** What can be said of any record whose id is valid. Events with one source and id are the same event. */
export interface EventIdentity {
  readonly id: string
  readonly source: string
  readonly time: Date
  readonly type: string
  readonly key: string
}

export type ReceivedRecord =
  | {
      readonly kind: 'event'
      readonly record: ConsumedRecord
      readonly event: InboxEvent
      readonly handler: InboxHandler
    }
  | { readonly kind: 'ignored'; readonly record: ConsumedRecord }
  | {
      readonly kind: 'dead'
      readonly record: ConsumedRecord
      readonly identity: EventIdentity | undefined
      readonly reason: DeadLetterReason
      readonly error: string
    }

export interface ReceiveOptions {
  /** Its name: events that are replayed for another consumer are not for it. Undefined: it takes them, too. */
  readonly consumer?: string
  readonly handlers: InboxHandlers
  readonly onUnknownType: 'deadLetter' | 'ignore'
  readonly bounds: RecordBounds
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Decides what a record is, without doing anything; never throws. */
export function receiveRecord(record: ConsumedRecord, options: ReceiveOptions): ReceivedRecord {
  const { ce_id: id, ce_type: type, relevo_group: group } = record.headers
  if (isForAnother(group, options.consumer)) return { kind: 'ignored', record }
  const handler =
    type !== undefined && Object.hasOwn(options.handlers, type) ? options.handlers[type] : undefined
  if (type !== undefined && !handler && options.onUnknownType === 'ignore') return { kind: 'ignored', record }
  if (record.fault) return dead(record, undefined, record.fault.code, record.fault.message)
  const excess = findExcess(record, options.bounds)
  if (excess) return dead(record, undefined, 'outOfBounds', excess)
  if (!id) return dead(record, undefined, 'missingId', 'The header ce_id is missing')
  if (!uuid.test(id)) return dead(record, undefined, 'invalidId', 'The header ce_id is not a UUID')
  const identity = identityOf(record, id.toLowerCase(), type ?? '')
  if (!type) return dead(record, identity, 'missingType', 'The header ce_type is missing')
  if (!handler) return dead(record, identity, 'unknownType', `No handler for events of type ${type}`)
  if (record.value === null) return dead(record, identity, 'noValue', 'The record has no value')
  return parse(record, record.value, identity, handler)
}

/** An event that is replayed for one group says which. */
function isForAnother(group: string | undefined, consumer: string | undefined): boolean {
  return group !== undefined && consumer !== undefined && group !== consumer
}

function parse(
  record: ConsumedRecord,
  value: Buffer,
  identity: EventIdentity,
  handler: InboxHandler,
): ReceivedRecord {
  const json = value.toString()
  let data: unknown
  try {
    data = JSON.parse(json)
  } catch (error) {
    // The parser's message shows a piece of the text.
    return dead(record, identity, 'invalidJson', `The value is not JSON (${(error as Error).name})`)
  }
  const result = validate(handler, data)
  if (!result.valid) return dead(record, identity, 'schemaViolation', result.error)
  const { headers, topic, partition, offset } = record
  const recordTime = new Date(storableTime(record.timestamp))
  const place = { topic, partition, offset, recordTime }
  const event = { ...identity, ...place, headers, data: result.data, json }
  return { kind: 'event', record, event, handler }
}

type Validation = { valid: true; data: unknown } | { valid: false; error: string }

function validate(handler: InboxHandler, data: unknown): Validation {
  try {
    const result = handler.schema?.safeParse(data)
    if (!result) return { valid: true, data }
    if (result.success) return { valid: true, data: result.data }
    const issues = result.error.issues.map(
      ({ path, code }) => `${path.map(String).join('.') || '(root)'}: ${code}`,
    )
    return { valid: false, error: storable(issues.join('; ')) }
  } catch (error) {
    return { valid: false, error: describeError(error) } // an asynchronous or a throwing schema
  }
}

function identityOf(record: ConsumedRecord, id: string, type: string): EventIdentity {
  const stated = Date.parse(record.headers.ce_time ?? '')
  const time = new Date(storableTime(Number.isNaN(stated) ? record.timestamp : stated))
  const source = withoutNul(record.headers.ce_source ?? '')
  // A record without a key has no order to keep.
  return { id, source, time, type: storable(type), key: withoutNul(record.key ?? id) }
}

const year10000 = 253_402_300_800_000

/** Kafka takes any 64-bit number; what neither JavaScript nor Postgres can tell as a date becomes 1970. */
export function storableTime(milliseconds: number): number {
  return milliseconds > 0 && milliseconds < year10000 ? Math.floor(milliseconds) : 0
}

function dead(
  record: ConsumedRecord,
  identity: EventIdentity | undefined,
  reason: DeadLetterReason,
  error: string,
): ReceivedRecord {
  return { kind: 'dead', record, identity, reason, error: storable(error) }
}
