import type { ProofSystem } from './systems.ts'

/** Each message is an event; its effect is a row of the table `messages`. */
export const messagesSystem = {
  topic: 'messages',
  groupId: 'message-processor-group',
  content: `payload ->> 'content'`,
  countEffects: 'select count(*)::int as effects from messages',
  listEffectTimes: `
select event_id::text, (extract(epoch from created_at) * 1000)::float8 as effect_at
from messages where created_at >= to_timestamp($1::float8 / 1000)`,
  listEffects: 'select evento_id::text as event from messages order by id',
} as const satisfies ProofSystem
