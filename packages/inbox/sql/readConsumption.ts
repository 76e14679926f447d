import { type DeadLetterState, type SqlClient, stateSql } from './deadLetterFilter.ts'

/** An event's state in one consumer. */
export interface Consumption {
  /** The consumer group. */
  readonly consumer: string
  /** `processed`: it took effect; `held`: it waits for another try, or behind one. */
  readonly state: 'processed' | 'held' | DeadLetterState
  /** When it took effect, was held, or was given up. */
  readonly at: Date
  /** Null where that is not kept. */
  readonly attempts: number | null
  readonly error: string | null
  readonly retryAt: Date | null
}

const readConsumptionSql = `
select consumer, 'processed' as state, processed_at as at, null::int as attempts, null as error,
  null::timestamptz as "retryAt"
from inbox.processed where event_id = $1
union all
select consumer, 'held', held_at, attempts, error, next_attempt_at from inbox.held where event_id = $1
union all
select consumer, ${stateSql}, dead_at, attempts, error, null from inbox.dead_letter where event_id = $1
order by at limit 100`

/** An event's state in the consumers of this database, the earliest first; empty: none has taken it. */
export async function readConsumption(client: SqlClient, eventId: string): Promise<Consumption[]> {
  return (await client.query<Consumption>(readConsumptionSql, [eventId])).rows
}
