import { rebaseOutbox } from '../sql/rebaseOutbox.ts'
import { query, type SqlClient } from '../sqlClient.ts'

/**
 * Makes an outbox work that was restored into another Postgres cluster: what its cursors had passed stays
 * published, everything else is published anew, in order. Blocks writers meanwhile. Stop the relays first: one
 * that still runs loses its shards, no more.
 * @returns how many events are due and how many are done.
 */
export async function rebase(client: SqlClient): Promise<{ pending: number; published: number }> {
  const [row] = await query<{ pending: string; published: string }>(client, rebaseOutbox)
  return { pending: Number(row?.pending), published: Number(row?.published) }
}
