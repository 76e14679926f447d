import type { Queryable } from '@relevo/outbox'

const begin = 'select event_store.begin_rebuild($1, $2::integer) as second'
const lock = 'select event_store.lock_projection($1)'
const putInPlace = 'select event_store.switch_projection($1, $2::boolean)'

/** Creates the second table, or finds that of an interrupted rebuild; returns its name. Errors: the client's. */
export async function beginRebuild(client: Queryable, projection: string, revision: number): Promise<string> {
  const { rows } = await client.query(begin, [projection, revision])
  return rows[0].second
}

/** Blocks writers of the projection's table until the transaction ends. Errors: the client's; 55P03 after `timeoutMs`. */
export async function lockProjection(
  client: Queryable,
  projection: string,
  timeoutMs: number,
): Promise<void> {
  await client.query(`set local lock_timeout = ${timeoutMs}`)
  await client.query(lock, [projection])
}

/** Replaces the first table by the second. Errors: the client's. */
export async function switchProjection(
  client: Queryable,
  projection: string,
  isInline: boolean,
): Promise<void> {
  await client.query(putInPlace, [projection, isInline])
}
