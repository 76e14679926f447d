import type { Queryable } from '@relevo/outbox'

export type MailPurpose = 'verify' | 'known' | 'reset' | 'email'

export interface NewMail {
  readonly id: string
  readonly userId: string
  readonly purpose: MailPurpose
  /** Sealed; of purpose `email`. */
  readonly email?: string
  readonly lifeMs: number
}

const insert = `
insert into mail (id, user_id, purpose, email, expires_at)
select $1, $2, $3, $4, now() + $5 * interval '1 millisecond'
where (select count(*) from mail where user_id = $2 and expires_at > now()) < $6
returning id`

/** False when the user has as many that are of use: nobody's inbox is filled by others. */
export async function insertMail(client: Queryable, mail: NewMail, most: number): Promise<boolean> {
  const { id, userId, purpose, email, lifeMs } = mail
  const { rows } = await client.query(insert, [id, userId, purpose, email ?? null, lifeMs, most])
  return rows.length > 0
}

export interface MailRow {
  readonly user_id: string
  readonly purpose: MailPurpose
  readonly email: string | null
}

const find = `select user_id, purpose, email from mail where id = $1 and expires_at > now()`

export async function findMail(client: Queryable, id: string): Promise<MailRow | undefined> {
  return (await client.query(find, [id])).rows[0] as MailRow | undefined
}

const take = `
delete from mail where id = $1 and purpose = any($2) and expires_at > now() returning user_id, purpose, email`

/** A code is of use once. */
export async function takeMail(
  client: Queryable,
  id: string,
  purposes: readonly MailPurpose[],
): Promise<MailRow | undefined> {
  return (await client.query(take, [id, purposes])).rows[0] as MailRow | undefined
}

/** Codes that were made for what does not hold any more. */
export async function deleteMails(client: Queryable, userId: string, purpose: MailPurpose): Promise<void> {
  await client.query('delete from mail where user_id = $1 and purpose = $2', [userId, purpose])
}
