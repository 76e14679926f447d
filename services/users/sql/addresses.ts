import type { Queryable } from '@relevo/outbox'

const claim = `
insert into address (digest, user_id) values ($1, $2) on conflict (digest) do nothing returning user_id`

/** Waits for a transaction that claims the same address; false when it is somebody's. */
export async function claimAddress(client: Queryable, digest: Buffer, userId: string): Promise<boolean> {
  return (await client.query(claim, [digest, userId])).rows.length > 0
}

const move = `
update address a set digest = $2 where user_id = $1
  and not exists (select from address other where other.digest = $2 and other.user_id <> $1) returning user_id`

/** False when the new address is somebody else's. Two at once for one address: the second fails with 23505. */
export async function moveAddress(client: Queryable, userId: string, digest: Buffer): Promise<boolean> {
  return (await client.query(move, [userId, digest])).rows.length > 0
}

const setTerms = `
with gone as (delete from search_term where user_id = $1 and digest <> all($2))
insert into search_term (digest, user_id) select unnest($2::bytea[]), $1 on conflict do nothing`

/** What the user is found by from now on, and nothing else. */
export async function setSearchTerms(
  client: Queryable,
  userId: string,
  digests: readonly Buffer[],
): Promise<void> {
  await client.query(setTerms, [userId, digests])
}
