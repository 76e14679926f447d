import type { Queryable } from '@relevo/outbox'

const statements = [
  `delete from session where ctid = any(array(select ctid from session where expires_at <= now() limit $1))`,
  `delete from mail where ctid = any(array(select ctid from mail where expires_at <= now() limit $1))`,
  `delete from attempt where ctid = any(array(select ctid from attempt where until <= now() limit $1))`,
]

/** Removes up to `most` rows of each kind that are of no use any more. */
export async function removeExpired(client: Queryable, most: number): Promise<void> {
  for (const statement of statements) await client.query(statement, [most])
}
