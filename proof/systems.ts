import { commissionsSystem } from './commissionsSystem.ts'
import { messagesSystem } from './messagesSystem.ts'

/** What a proof reads of a system: services that record events in an outbox, and a consumer with effects. */
export interface ProofSystem {
  topic: string
  /** Of the consumer. */
  groupId: string
  /** An SQL expression of the outbox's rows: the content, of which each request of a run has its own. */
  content: string
  /** In the consumer's database: how many events have had their effect, as `effects`. */
  countEffects: string
  /** In the consumer's database: events that had effect since $1, and when (`event_id`, `effect_at`). */
  listEffectTimes: string
  /**
   * In the consumer's database: each effect in the order in which the effects were taken for each key (`event`).
   * Undefined: the effects are lines of files.
   */
  listEffects?: string
}

export const systems = {
  messages: messagesSystem,
  commissions: commissionsSystem,
} as const satisfies Record<string, ProofSystem>

export type SystemName = keyof typeof systems

/** Events of the topic $2 whose content begins with $1, by number. */
export function listContents({ content }: ProofSystem): string {
  return `
select id::text, ${content} as content from outbox.event
where topic = $2 and starts_with(${content}, $1::text)
order by id`
}

/** Events of the topic $2 that were recorded since $1, and whether their content begins with $3. */
export function listRecordings({ content }: ProofSystem): string {
  return `
select event_id::text, (extract(epoch from created_at) * 1000)::float8 as recorded_at,
  starts_with(${content}, $3::text) as posted
from outbox.event
where topic = $2 and created_at >= to_timestamp($1::float8 / 1000)
order by created_at`
}

/** How many events of the topic $1 there are. */
export const countRecorded = 'select count(*)::int as recorded from outbox.event where topic = $1'
