import type { ProofSystem } from './systems.ts'

/**
 * Each commission has two events, named by its conversion and what has happened; their effect is a line in the file of
 * the notifications. A line that is still in the table `event_line` is not known to be in the file.
 */
export const commissionsSystem = {
  topic: 'commissions',
  groupId: 'notifications-file',
  content: `(payload ->> 'conversionId') || ':' || split_part(type, '.', 2)`,
  countEffects: `
select ((select count(*) from inbox.processed where consumer = 'notifications-file')
  - (select count(*) from event_line))::int as effects`,
  listEffectTimes: `
select event_id::text, (extract(epoch from processed_at) * 1000)::float8 as effect_at
from inbox.processed
where consumer = 'notifications-file' and processed_at >= to_timestamp($1::float8 / 1000)`,
} as const satisfies ProofSystem
