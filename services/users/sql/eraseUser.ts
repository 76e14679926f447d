import type { Queryable } from '@relevo/outbox'

const tables = ['personal_key', 'address', 'search_term', 'credential', 'session', 'mail'] as const

/** Deletes what belongs to a user and is no event. Without the key, what is sealed in events cannot be read by anybody. */
export async function eraseUser(client: Queryable, userId: string): Promise<void> {
  for (const table of tables) await client.query(`delete from ${table} where user_id = $1`, [userId])
}
