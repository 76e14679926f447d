import type pg from 'pg'

/** A key with the name that it is wrapped by, and where it is. */
export interface WrappedRow {
  readonly table: 'personal_key' | 'secret_key' | 'signing_key'
  readonly id: string
  readonly masterKey: string
  readonly wrapped: Buffer
}

const findOld = `
(select 'personal_key' as table, user_id::text as id, master_key as "masterKey", wrapped
 from personal_key where master_key <> $1 limit $2)
union all (select 'secret_key', name, master_key, wrapped from secret_key where master_key <> $1 limit $2)
union all (select 'signing_key', kid, master_key, wrapped from signing_key where master_key <> $1 limit $2)`

/** Keys that are not encrypted with the current master key. */
export async function findOldWraps(
  client: pg.Pool,
  current: string,
  most: number,
): Promise<readonly WrappedRow[]> {
  return (await client.query<WrappedRow>(findOld, [current, most])).rows
}

const idColumn = { personal_key: 'user_id', secret_key: 'name', signing_key: 'kid' } as const

/** Changes nothing when another was faster, or the key is gone meanwhile. */
export async function replaceWrap(
  client: pg.Pool,
  { table, id, masterKey }: WrappedRow,
  to: Pick<WrappedRow, 'masterKey' | 'wrapped'>,
): Promise<void> {
  const column = idColumn[table]
  const type = table === 'personal_key' ? 'uuid' : 'text'
  await client.query(
    `update ${table} set master_key = $3, wrapped = $4 where ${column} = $1::${type} and master_key = $2`,
    [id, masterKey, to.masterKey, to.wrapped],
  )
}
