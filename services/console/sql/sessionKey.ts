import { randomBytes } from 'node:crypto'
import type { SqlClient } from '@relevo/kit'

const makeSql = 'insert into session_key (key) values ($1) on conflict do nothing'
const readSql = 'select key from session_key'

/** The key that all replicas share; the first caller creates it. @throws the database's errors. */
export async function readSessionKey(client: SqlClient): Promise<Buffer> {
  const { rows } = await client.query<{ key: Buffer }>(readSql)
  if (rows[0]) return rows[0].key
  await client.query(makeSql, [randomBytes(32)])
  const made = await client.query<{ key: Buffer }>(readSql)
  return (made.rows[0] as { key: Buffer }).key
}
