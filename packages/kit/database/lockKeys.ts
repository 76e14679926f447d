import type { SqlClient } from './sqlClient.ts'

// In the order of the keys, like everything that locks several.
const lockSql = `
with locked as materialized (
  select pg_advisory_xact_lock(k)
  from (select distinct hashtextextended(key, 0) as k from unnest($1::text[]) key order by k) keys
)
select count(*) from locked`

/**
 * Keeps what is done under these keys to this transaction until it ends, also where there is no row yet to be locked. Two
 * keys may share a lock.
 * @throws pg's errors.
 */
export async function lockKeys(client: SqlClient, keys: readonly string[]): Promise<void> {
  if (keys.length > 0) await client.query({ name: 'lock_keys', text: lockSql, values: [keys] })
}
