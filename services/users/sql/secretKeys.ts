import type { Queryable } from '@relevo/outbox'
import type { Wrapped } from '../secrets/masterKeys.ts'

const insert = `
insert into secret_key (name, master_key, wrapped) values ($1, $2, $3) on conflict (name) do nothing`

/** The first one wins: an existing key stays. */
export async function insertSecretKey(client: Queryable, name: string, key: Wrapped): Promise<void> {
  await client.query(insert, [name, key.masterKey, key.wrapped])
}

const find = `select master_key as "masterKey", wrapped from secret_key where name = $1`

export async function findSecretKey(client: Queryable, name: string): Promise<Wrapped> {
  const { rows } = await client.query(find, [name])
  return rows[0] as unknown as Wrapped
}
