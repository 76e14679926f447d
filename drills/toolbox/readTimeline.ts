import type pg from 'pg'
import { postPrefix } from './contents.ts'

/**
 * When an event was recorded, and when it took effect (null: not yet), in milliseconds since 1970; and whether it came by
 * the API.
 */
export type Moment = [recordedAt: number, effectAt: number | null, posted: boolean]

const listMoments = `
select (extract(epoch from e.created_at) * 1000)::float8 as recorded_at,
  (extract(epoch from m.created_at) * 1000)::float8 as effect_at,
  starts_with(e.payload ->> 'content', $2::text) as posted
from outbox.event e left join messages m on m.event_id = e.event_id
where e.topic = 'messages' and e.created_at >= to_timestamp($1::float8 / 1000)
order by e.created_at`

interface MomentRow {
  recorded_at: number
  effect_at: number | null
  posted: boolean
}

/** The events recorded since a time, in milliseconds since 1970, all times by the database's clock. Errors: pg's. */
export async function readTimeline(
  pool: pg.Pool,
  { since, contentPrefix }: { since: number; contentPrefix: string },
): Promise<Moment[]> {
  const { rows } = await pool.query<MomentRow>(listMoments, [since, postPrefix(contentPrefix)])
  const round = (ms: number) => Math.round(ms)
  return rows.map(({ recorded_at, effect_at, posted }) => [
    round(recorded_at),
    effect_at === null ? null : round(effect_at),
    posted,
  ])
}
