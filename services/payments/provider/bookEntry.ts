import type { SqlClient } from '@relevo/kit'
import type { QueryResultRow } from 'pg'
import type { DeclineReason } from '../domain/payment.ts'

// Who comes second with a key finds what the first one got.
const chargeSql = `
insert into sandbox_entry as e (kind, key, amount_minor, currency, decline_reason)
values ('charge', $1, $2, $3, $4)
on conflict (kind, key) do update set calls = e.calls + 1
returning amount_minor, currency, decline_reason`

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

/** Enters a charge, or finds the one that has the key. */
export async function enterCharge(client: SqlClient, key: string, entry: BookEntry): Promise<BookEntry> {
  const values = [key, entry.amountMinor.toString(), entry.currency, entry.declineReason]
  const { rows } = await client.query<Row>({ name: 'enter_charge', text: chargeSql, values })
  if (!rows[0]) throw new Error('An insert that failed returned no error')
  return toEntry(rows[0])
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
