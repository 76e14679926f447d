import type { Queryable } from '@relevo/outbox'
import type { Wrapped } from '../secrets/masterKeys.ts'

export interface SigningKeyRow extends Wrapped {
  readonly kid: string
  /** The `x` of its JWK. */
  readonly publicKey: string
  /** Whether it may sign by now, by the database's clock. */
  readonly signs: boolean
}

const list = `
select kid, public_key as "publicKey", master_key as "masterKey", wrapped, signs_from <= now() as signs
from signing_key order by signs_from desc, kid`

/** The key that signs is the first one that may. */
export async function listSigningKeys(client: Queryable): Promise<readonly SigningKeyRow[]> {
  return (await client.query(list)).rows as unknown as SigningKeyRow[]
}

/** One replica at a time decides on keys; readers go on. */
const lock = `lock table signing_key in share row exclusive mode`

const readAge = `
select count(*)::int as count,
  (extract(epoch from now() - max(created_at)) * 1000)::float8 as "newestMs" from signing_key`

export interface KeyAges {
  readonly count: number
  /** Age of the newest; null without any. */
  readonly newestMs: number | null
}

export async function lockSigningKeys(client: Queryable): Promise<KeyAges> {
  await client.query(lock)
  return (await client.query(readAge)).rows[0] as unknown as KeyAges
}

const insert = `
insert into signing_key (kid, public_key, master_key, wrapped, signs_from)
values ($1, $2, $3, $4, now() + $5 * interval '1 millisecond')`

export async function insertSigningKey(
  client: Queryable,
  { kid, publicKey, masterKey, wrapped }: Omit<SigningKeyRow, 'signs'>,
  signsInMs: number,
): Promise<void> {
  await client.query(insert, [kid, publicKey, masterKey, wrapped, signsInMs])
}

const removeOld = `
delete from signing_key k where exists (
  select from signing_key later
  where later.signs_from > k.signs_from and later.signs_from < now() - $1 * interval '1 millisecond')`

/** Removes keys whose successor has signed for so long that no token of theirs is valid. */
export async function deleteRetiredKeys(client: Queryable, afterMs: number): Promise<void> {
  await client.query(removeOld, [afterMs])
}
