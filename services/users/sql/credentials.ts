import type { Queryable } from '@relevo/outbox'

const set = `
insert into credential (user_id, password) values ($1, $2)
on conflict (user_id) do update set password = excluded.password, changed_at = now()`

/** @param password a PHC string. */
export async function setPassword(client: Queryable, userId: string, password: string): Promise<void> {
  await client.query(set, [userId, password])
}
