import type pg from 'pg'

/** When an event was recorded, and when it took effect (null: not yet), in milliseconds since 1970. */
export type Moment = [recordedAt: number, effectAt: number | null]

const listMoments = `
select (extract(epoch from e.created_at) * 1000)::float8 as recorded_at,
  (extract(epoch from m.created_at) * 1000)::float8 as effect_at
from outbox.event e left join messages m on m.event_id = e.event_id
where e.topic = 'messages' and e.created_at >= to_timestamp($1::float8 / 1000)
order by e.created_at`

/** The events recorded since a time, in milliseconds since 1970, both times by the database's clock. Errors: pg's. */
export async function readTimeline(pool: pg.Pool, since: number): Promise<Moment[]> {
  const { rows } = await pool.query<{ recorded_at: number; effect_at: number | null }>(listMoments, [since])
  const round = (ms: number) => Math.round(ms)
  return rows.map((row) => [round(row.recorded_at), row.effect_at === null ? null : round(row.effect_at)])
}
