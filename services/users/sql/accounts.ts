import type { Role } from '@relevo/kit'
import type { Queryable } from '@relevo/outbox'
import type { Wrapped } from '../secrets/masterKeys.ts'

export type AccountStatus = 'pending' | 'active' | 'disabled'

/** An account with its sealed fields and the key that opens them. */
export interface AccountRow extends Wrapped {
  readonly id: string
  readonly number: string
  readonly name: string
  readonly email: string
  readonly sealed_by: string
  readonly role: Role
  readonly status: AccountStatus
  readonly created_at: Date
}

const columns = `a.id, a.number, a.name, a.email, a.sealed_by, a.role, a.status, a.created_at,
  k.master_key as "masterKey", k.wrapped`
const tables = 'account a join personal_key k on k.user_id = a.id'

const byId = `select ${columns} from ${tables} where a.id = $1`

export async function findAccount(client: Queryable, id: string): Promise<AccountRow | undefined> {
  return (await client.query(byId, [id])).rows[0] as AccountRow | undefined
}

/** Like `findAccount`, and blocks other changes of the user's fields. */
export async function lockAccount(client: Queryable, id: string): Promise<AccountRow | undefined> {
  return (await client.query(`${byId} for update of a`, [id])).rows[0] as AccountRow | undefined
}

export interface LoginRow extends AccountRow {
  /** A PHC string. */
  readonly password: string
}

const byAddress = `
select ${columns}, c.password from address d
join account a on a.id = d.user_id join personal_key k on k.user_id = a.id join credential c on c.user_id = a.id
where d.digest = $1`

export async function findLogin(client: Queryable, digest: Buffer): Promise<LoginRow | undefined> {
  return (await client.query(byAddress, [digest])).rows[0] as LoginRow | undefined
}

const page = `
select ${columns} from ${tables}
where ($1::bigint is null or a.number < $1)
  and (select count(*) from search_term s where s.user_id = a.id and s.digest = any($2)) = cardinality($2::bytea[])
order by a.number desc limit $3`

export interface AccountSearch {
  /** The number that they have to be below. */
  readonly below: number | undefined
  /** All of them have to be found. */
  readonly terms: readonly Buffer[]
  readonly most: number
}

/** Accounts, the newest first. */
export async function listAccounts(
  client: Queryable,
  { below, terms, most }: AccountSearch,
): Promise<readonly AccountRow[]> {
  return (await client.query(page, [below ?? null, terms, most])).rows as unknown as AccountRow[]
}
