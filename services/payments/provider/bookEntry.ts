import type { SqlClient } from '@relevo/kit'
import type { QueryResultRow } from 'pg'
import type { DeclineReason } from '../domain/payment.ts'

// Who comes second with a key finds what the first one got. In one order, so that two processes do not deadlock.
const chargeSql = `
insert into sandbox_entry as e (kind, key, amount_minor, currency, decline_reason)
select 'charge', c.* from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[]) c (key, amount, currency, reason)
order by c.key
on conflict (kind, key) do update set calls = e.calls + 1
returning key, amount_minor, currency, decline_reason`

const refundSql = `
insert into sandbox_entry as e (kind, key, amount_minor, currency)
select 'refund', key, amount_minor, currency from sandbox_entry
where kind = 'charge' and key = $1 and decline_reason is null
on conflict (kind, key) do update set calls = e.calls + 1
returning amount_minor, currency, decline_reason`

/** What stands in the sandbox's book under a key. */
export interface BookEntry {
  readonly amountMinor: bigint
  readonly currency: string
  readonly declineReason: DeclineReason | null
}

interface Row extends QueryResultRow {
  readonly amount_minor: string
  readonly currency: string
  readonly decline_reason: DeclineReason | null
}

/** Enters charges, one for each key, or finds those that have the keys. */
export async function enterCharges(
  client: SqlClient,
  charges: ReadonlyMap<string, BookEntry>,
): Promise<Map<string, BookEntry>> {
  const entries = [...charges.values()]
  const values = [
    [...charges.keys()],
    entries.map(({ amountMinor }) => amountMinor.toString()),
    entries.map(({ currency }) => currency),
    entries.map(({ declineReason }) => declineReason),
  ]
  const { rows } = await client.query<ChargeRow>({ name: 'enter_charges', text: chargeSql, values })
  return new Map(rows.map((row) => [row.key, toEntry(row)]))
}

interface ChargeRow extends Row {
  readonly key: string
}

/** Gives all of a charge back, once; undefined when there is no such charge. */
export async function enterRefund(client: SqlClient, key: string): Promise<BookEntry | undefined> {
  const { rows } = await client.query<Row>({ name: 'enter_refund', text: refundSql, values: [key] })
  return rows[0] && toEntry(rows[0])
}

function toEntry(row: Row): BookEntry {
  return {
    amountMinor: BigInt(row.amount_minor),
    currency: row.currency,
    declineReason: row.decline_reason,
  }
}
