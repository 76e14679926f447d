import type { SqlClient } from '@relevo/kit'

const moveSql = `
insert into watermark as w (topic, partition, event_time)
select topic, partition, max(at) from unnest($1::text[], $2::integer[], $3::timestamptz[]) as r (topic, partition, at)
group by topic, partition order by topic, partition
on conflict (topic, partition) do update
  set event_time = greatest(w.event_time, excluded.event_time), moved_at = clock_timestamp()`

interface Taken {
  readonly topic: string
  readonly partition: number
  readonly at: Date
}

/** Notes how far these events bring their partitions. */
export async function moveWatermarks(client: SqlClient, events: readonly Taken[]): Promise<void> {
  const values = [
    events.map(({ topic }) => topic),
    events.map(({ partition }) => partition),
    events.map(({ at }) => at),
  ]
  await client.query({ name: 'move_watermarks', text: moveSql, values })
}

const listSql = `
select topic, partition, nullif(event_time, '-infinity') as event_time, moved_at from watermark
where topic = any($1::text[]) order by topic, partition`

export interface WatermarkRow {
  readonly topic: string
  readonly partition: number
  readonly event_time: Date | null
  readonly moved_at: Date
}

/** How far the partitions of these topics are. */
export async function listWatermarks(client: SqlClient, topics: readonly string[]): Promise<WatermarkRow[]> {
  return (await client.query<WatermarkRow>(listSql, [topics])).rows
}

const noteSql = `
insert into watermark (topic, partition, event_time)
select topic, partition, '-infinity' from unnest($1::text[], $2::integer[]) as p (topic, partition)
on conflict do nothing`

/** Notes since when partitions wait to be read for the first time. */
export async function noteWaiting(
  client: SqlClient,
  partitions: readonly Omit<Taken, 'at'>[],
): Promise<void> {
  if (partitions.length === 0) return
  const values = [partitions.map(({ topic }) => topic), partitions.map(({ partition }) => partition)]
  await client.query(noteSql, values)
}
