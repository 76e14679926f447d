import type pg from 'pg'
import type { Commission } from './domain/commission.ts'
import { findCurrency } from './domain/currency.ts'
import { formatPercentage, parsePercentage } from './domain/percentage.ts'
import * as sql from './sql/commissions.ts'

/** A pool, or a connection in a transaction. */
type Queryable = Pick<pg.Pool, 'query'> | Pick<pg.PoolClient, 'query'>

/** False when the conversion has a commission already, and nothing was inserted. */
export async function insertCommission(client: Queryable, commission: Commission): Promise<boolean> {
  const { id, conversionId, affiliateId, campaignId, gross, percentage, net } = commission
  const { rowCount } = await client.query({
    ...sql.insertCommission,
    values: [
      id,
      conversionId,
      affiliateId,
      campaignId,
      gross.currency.code,
      gross.minor,
      formatPercentage(percentage),
      net.minor,
      commission.calculatedAt,
      commission.approvedAt ?? null,
    ],
  })
  return rowCount === 1
}

export async function updateCommission(client: Queryable, { id, approvedAt }: Commission): Promise<void> {
  await client.query({ ...sql.updateCommission, values: [id, approvedAt ?? null] })
}

/** The commission with this id, locked until the transaction ends. */
export async function lockCommission(client: Queryable, id: string): Promise<Commission | undefined> {
  const { rows } = await client.query<sql.CommissionRow>({ ...sql.lockCommission, values: [id] })
  return rows[0] && toCommission(rows[0])
}

export async function findByConversion(
  client: Queryable,
  conversionId: string,
): Promise<Commission | undefined> {
  const { rows } = await client.query<sql.CommissionRow>({ ...sql.findByConversion, values: [conversionId] })
  return rows[0] && toCommission(rows[0])
}

function toCommission(row: sql.CommissionRow): Commission {
  const currency = findCurrency(row.currency)
  const percentage = parsePercentage(row.percentage)
  if (!currency || !percentage) throw new Error(`Commission ${row.id} is stored with values that are none`)
  return {
    id: row.id,
    conversionId: row.conversion_id,
    affiliateId: row.affiliate_id,
    campaignId: row.campaign_id,
    gross: { minor: BigInt(row.gross_minor), currency },
    percentage,
    net: { minor: BigInt(row.net_minor), currency },
    calculatedAt: row.calculated_at,
    approvedAt: row.approved_at ?? undefined,
  }
}
