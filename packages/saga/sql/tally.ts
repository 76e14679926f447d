import type { Queryable } from '@relevo/outbox'

const countUp = 'select saga.count_up()'
const readTally = 'select name, what, count::float8 as count from saga.tally'
const countActive = `
select name, version::integer, step, count(*)::integer as sagas, count(stuck_since)::integer as stuck,
  count(*) filter (where error is not null)::integer as failing,
  extract(epoch from clock_timestamp() - min(started_at))::float8 as oldest_seconds,
  greatest(extract(epoch from clock_timestamp() - min(due_at)), 0)::float8 as late_seconds
from saga.timer group by name, version, step`
const makePartitions = 'select saga.ensure_partitions()'

export interface Tally {
  readonly name: string
  /** `started`, `completed`, `compensated`, `givenUp`, or `late ` and the treatment. */
  readonly what: string
  readonly count: number
}

/** Sagas of one definition that wait for one step. */
export interface ActiveSagas {
  readonly name: string
  readonly version: number
  readonly step: string
  readonly sagas: number
  readonly stuck: number
  /** Those whose timer could not be fired. */
  readonly failing: number
  readonly oldest_seconds: number
  /** For how long the first timer has been due. */
  readonly late_seconds: number
}

/** Sums up what happened since the last time, unless another process is at it, and returns the sums. */
export async function readTallies(client: Queryable): Promise<Tally[]> {
  await client.query(countUp)
  return (await client.query(readTally)).rows
}

export async function countActiveSagas(client: Queryable): Promise<ActiveSagas[]> {
  return (await client.query(countActive)).rows
}

/** Makes the partitions of this month and the next ones. */
export async function ensurePartitions(client: Queryable): Promise<void> {
  await client.query(makePartitions)
}
