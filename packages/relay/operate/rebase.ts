import { moveKafkaCluster } from '../sql/readSetting.ts'
import { rebaseOutbox } from '../sql/rebaseOutbox.ts'
import { query, type SqlClient } from '../sqlClient.ts'

/**
 * Makes an outbox work again that was restored into another Postgres cluster: events that its cursors had passed count as
 * published, all others are published again, in order. Blocks writers meanwhile. Stop the relays first: a relay
 * that still runs only loses its shards.
 * @returns how many events are due and how many are done.
 */
export async function rebase(client: SqlClient): Promise<{ pending: number; published: number }> {
  const [row] = await query<{ pending: string; published: string }>(client, rebaseOutbox)
  return { pending: Number(row?.pending), published: Number(row?.published) }
}

/**
 * Moves an outbox to another Kafka cluster: published events stay published, all others go there. Stop the relays
 * first: a relay that still runs only loses its shards. @returns the previous cluster's id; null if none was known.
 */
export function rebaseKafka(client: SqlClient, clusterId: string): Promise<string | null> {
  return moveKafkaCluster(client, clusterId)
}
