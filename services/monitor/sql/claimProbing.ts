import type { SqlClient } from './sqlClient.ts'

const claimSql = `
with before as materialized (
  select singleton, looked_at, owner, owned_until, clock_timestamp() as now from probing for update
), claimed as (
  update probing p set owner = $1, owned_until = b.now + $2 * interval '1 ms'
  from before b where p.singleton = b.singleton and (b.owner = $1 or b.owned_until < b.now)
  returning true
)
select now, looked_at, exists (select from claimed) as held, owner is not distinct from $1 as was_held from before`

/** Whether this process is the one that looks. */
export interface Claim {
  readonly now: Date
  /** When somebody looked last. */
  readonly lookedAt: Date | null
  readonly held: boolean
  /** It has been since its last claim. */
  readonly wasHeld: boolean
}

/** Claims, or renews, the right to look, for so many milliseconds. */
export async function claimProbing(client: SqlClient, owner: string, leaseMs: number): Promise<Claim> {
  type Row = { now: Date; looked_at: Date | null; held: boolean; was_held: boolean }
  const { rows } = await client.query<Row>({
    name: 'claim_probing',
    text: claimSql,
    values: [owner, leaseMs],
  })
  const row = rows[0]
  if (!row) throw new Error('The row of probing is missing: run the migrations anew.')
  return { now: row.now, lookedAt: row.looked_at, held: row.held, wasHeld: row.was_held }
}

const noteSql = 'update probing set looked_at = $2 where owner = $1 returning true as held'

/** Notes a look, and locks the row until the transaction ends; false: another process looks by now. */
export async function noteLook(client: SqlClient, owner: string, at: Date): Promise<boolean> {
  const { rows } = await client.query({ name: 'note_look', text: noteSql, values: [owner, at] })
  return rows.length > 0
}

const releaseSql = `update probing set owner = null, owned_until = '-infinity' where owner = $1`

/** Lets another process look at once. */
export async function releaseProbing(client: SqlClient, owner: string): Promise<void> {
  await client.query(releaseSql, [owner])
}

const lockSql = 'select from probing for update'

/** Has those who write changes do so one after the other. */
export async function lockProbing(client: SqlClient): Promise<void> {
  await client.query(lockSql)
}
