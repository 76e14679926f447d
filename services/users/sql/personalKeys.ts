import type { Queryable } from '@relevo/outbox'
import type { Wrapped } from '../secrets/masterKeys.ts'

const insert = `insert into personal_key (user_id, master_key, wrapped) values ($1, $2, $3)`

export async function insertPersonalKey(client: Queryable, userId: string, key: Wrapped): Promise<void> {
  await client.query(insert, [userId, key.masterKey, key.wrapped])
}

const find = `select master_key as "masterKey", wrapped from personal_key where user_id = $1`

export async function findPersonalKey(client: Queryable, userId: string): Promise<Wrapped | undefined> {
  const { rows } = await client.query(find, [userId])
  return rows[0] as Wrapped | undefined
}
