import type { Queryable } from '@relevo/outbox'

export interface SessionRow {
  readonly family: string
  readonly user_id: string
  readonly spent: boolean
  readonly expired: boolean
}

const insert = `
insert into session (digest, family, user_id, expires_at)
values ($1, $2, $3, now() + $4 * interval '1 millisecond')`

export async function insertSession(
  client: Queryable,
  { digest, family, userId, lifeMs }: { digest: Buffer; family: string; userId: string; lifeMs: number },
): Promise<void> {
  await client.query(insert, [digest, family, userId, lifeMs])
}

const take = `
select family, user_id, spent, expires_at <= now() as expired from session where digest = $1 for update`

/** Of several with the same token one comes first; the others see it spent. */
export async function lockSession(client: Queryable, digest: Buffer): Promise<SessionRow | undefined> {
  return (await client.query(take, [digest])).rows[0] as SessionRow | undefined
}

export async function spendSession(client: Queryable, digest: Buffer): Promise<void> {
  await client.query('update session set spent = true where digest = $1', [digest])
}

export async function deleteFamily(client: Queryable, family: string): Promise<void> {
  await client.query('delete from session where family = $1', [family])
}

export async function deleteSessionsOf(client: Queryable, userId: string): Promise<void> {
  await client.query('delete from session where user_id = $1', [userId])
}
