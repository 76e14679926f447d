import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { countEvents } from '../../loadtest/proof/sql.ts'

export interface EventCounts {
  recorded: number
  effects: number
}

const pendingAt = `
select count(*)::int as pending from outbox.event e left join messages m on m.event_id = e.event_id
where e.topic = 'messages' and e.created_at <= to_timestamp($1::float8 / 1000)
  and (m.created_at is null or m.created_at > to_timestamp($1::float8 / 1000))`

/** Waits until there are more effects than now. @throws Error when none comes in time. */
export async function waitForEffects(pool: pg.Pool, budgetMs: number): Promise<EventCounts> {
  const deadline = performance.now() + budgetMs
  const first = await count(pool)
  while (performance.now() < deadline) {
    const now = await count(pool)
    if (now.effects > first.effects) return now
    await delay(20)
  }
  throw new Error(`No event took effect in ${budgetMs} ms.`)
}

/** How many events had been recorded at a time (milliseconds since 1970) and not taken effect. */
export async function countPendingAt(pool: pg.Pool, at: number): Promise<number> {
  const { rows } = await pool.query<{ pending: number }>(pendingAt, [at])
  return rows[0]?.pending ?? 0
}

async function count(pool: pg.Pool): Promise<EventCounts> {
  const { rows } = await pool.query<EventCounts>(countEvents)
  return rows[0] ?? { recorded: 0, effects: 0 }
}
