import type { Queryable } from '@relevo/outbox'

const find = `
select id from account where status = 'pending' and created_at < now() - $1 * interval '1 millisecond' limit $2`

/** Accounts whose address nobody has verified in time. */
export async function findAbandoned(
  client: Queryable,
  afterMs: number,
  most: number,
): Promise<readonly string[]> {
  return (await client.query(find, [afterMs, most])).rows.map(({ id }) => id as string)
}
