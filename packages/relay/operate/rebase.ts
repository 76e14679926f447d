import { moveKafkaCluster } from '../sql/readSetting.ts'
import { rebaseOutbox } from '../sql/rebaseOutbox.ts'
import { query, type SqlClient } from '../sqlClient.ts'

/**
 * Makes an outbox work that was restored into another Postgres cluster: what its cursors had passed stays
 * published, everything else is published again, in order. Blocks writers meanwhile. Stop the relays first: one
 * that still runs loses its shards, no more.
 * @returns how many events are due and how many are done.
 */
export async function rebase(client: SqlClient): Promise<{ pending: number; published: number }> {
  const [row] = await query<{ pending: string; published: string }>(client, rebaseOutbox)
  return { pending: Number(row?.pending), published: Number(row?.published) }
}

/**
 * Has an outbox go to another Kafka cluster: what is published stays so, everything else goes there. Stop the relays
 * first: one that still runs loses its shards, no more. @returns the id of the cluster before; null when none was known.
 */
export function rebaseKafka(client: SqlClient, clusterId: string): Promise<string | null> {
  return moveKafkaCluster(client, clusterId)
}
