import {
  type DeadLetter,
  type DeadLetterGroup,
  deadLetterReasons,
  deadLetterStates,
  type WholeDeadLetter,
} from '@relevo/inbox'
import { z } from 'zod'
import type { DeadLetterTexts } from './texts.ts'

const count = z.int().min(0)
const time = z.iso.datetime()

/** A dead letter in a list. */
export function letterSchema(texts: DeadLetterTexts) {
  return z.object({
    id: count,
    offset: count,
    event_id: z.uuid().nullable().meta({ description: texts.noId }),
    type: z.string().nullable(),
    key: z.string().nullable(),
    topic: z.string(),
    partition: count,
    reason: z.enum(deadLetterReasons),
    error: z.string(),
    attempts: count,
    state: z.enum(deadLetterStates),
    group: z.string().meta({ description: texts.fingerprint }),
    dead_at: time,
    redriven_at: time.nullable(),
    discarded_at: time.nullable(),
    archived_at: time.nullable(),
    replaced_by: z.uuid().nullable().meta({ description: texts.replacedBy }),
    note: z.string().nullable().meta({ description: texts.note }),
  })
}

export function toLetter(letter: DeadLetter) {
  const { id, offset, eventId, type, topic, partition, reason, error, attempts, deadAt, redrivenAt } = letter
  const { key, state, fingerprint, discardedAt, archivedAt, replacedBy, note } = letter
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
    archived_at: archivedAt,
    replaced_by: replacedBy,
    note,
  }
}

export function wholeLetterSchema(texts: DeadLetterTexts) {
  return letterSchema(texts).extend({
    source: z.string().nullable(),
    headers: z.record(z.string(), z.string()),
    value: z.string().nullable().meta({ description: texts.value }),
    encoding: z.enum(['utf-8', 'base64']).meta({ description: texts.encoding }),
    record_time: time,
    event_time: time.nullable(),
  })
}

export function toWholeLetter(letter: WholeDeadLetter) {
  const { wholeKey, value, headers, source, recordTime, eventTime } = letter
  const text = value === null ? null : readUtf8(value)
  return {
    ...toLetter(letter),
    key: wholeKey?.toString() ?? letter.key,
    source,
    headers,
    value: text === undefined ? value?.toString('base64') : text,
    encoding: text === undefined ? 'base64' : 'utf-8',
    record_time: recordTime,
    event_time: eventTime,
  }
}

function readUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

export function groupSchema(texts: DeadLetterTexts) {
  return z.object({
    group: z.string().meta({ description: texts.fingerprint }),
    type: z.string().nullable(),
    reason: z.enum(deadLetterReasons),
    error: z.string(),
    count,
    first_at: time,
    last_at: time,
  })
}

export function toGroup({ fingerprint, type, reason, error, count, firstAt, lastAt }: DeadLetterGroup) {
  return { group: fingerprint, type, reason, error, count, first_at: firstAt, last_at: lastAt }
}

/** What a redrive would do. */
export function previewSchema(texts: DeadLetterTexts) {
  return z.object({
    events: count,
    keys: count,
    waiting: count.meta({ description: texts.waiting }),
    impossible: count.meta({ description: texts.impossible }),
  })
}

/** The event that takes, or would take, the place of a letter. */
export function replacementSchema(texts: DeadLetterTexts) {
  return z.object({
    ...deedSchema('replaced').shape,
    event_id: z.uuid().nullable().meta({ description: texts.notYet }),
    type: z.string(),
    key: z.string(),
    waiting: count.meta({ description: texts.waiting }),
  })
}

/** The answer of a command: how many letters it has done its `deed` with. */
export function deedSchema<Deed extends string>(deed: Deed) {
  const shape = { success: z.literal(true), [deed]: count }
  // A key that is computed would be any key in the declarations.
  return z.object(
    shape as { readonly success: z.ZodLiteral<true> } & { readonly [key in Deed]: typeof count },
  )
}
