import type { PartitionOffset } from '@relevo/kafka'
import type { SqlClient } from './deadLetterFilter.ts'

const setTakenSql = `
insert into inbox.taken (consumer, topic, partition, next_offset)
select $1, * from unnest($2::text[], $3::integer[], $4::bigint[])
on conflict (consumer, topic, partition) do update set next_offset = excluded.next_offset`

/** Stores the consumer's offset, so that a deliberate reset is not mistaken for a loss. */
export async function setTaken(
  client: SqlClient,
  consumer: string,
  offsets: readonly PartitionOffset[],
): Promise<void> {
  await client.query(setTakenSql, [
    consumer,
    offsets.map(({ topic }) => topic),
    offsets.map(({ partition }) => partition),
    offsets.map(({ offset }) => String(offset)),
  ])
}

const listTakenTopicsSql = 'select distinct topic from inbox.taken where consumer = $1 order by topic'

/** The topics from which the consumer has taken records in this database. */
export async function listTakenTopics(client: SqlClient, consumer: string): Promise<string[]> {
  return (await client.query<{ topic: string }>(listTakenTopicsSql, [consumer])).rows.map(
    ({ topic }) => topic,
  )
}
