import { exactNumber } from '@relevo/kit/exact'
import type pg from 'pg'
import { findByConversion } from '../commissionRepository.ts'
import { statusOf } from '../domain/commission.ts'
import { formatMoney } from '../domain/money.ts'
import { formatPercentage } from '../domain/percentage.ts'

/** The commission of a conversion as GET answers it, its amounts as exact JSON numbers; undefined when there is none. */
export async function commissionByConversion(pool: pg.Pool, conversionId: string) {
  const commission = await findByConversion(pool, conversionId)
  if (!commission) return undefined
  const { gross, net, percentage, approvedAt } = commission
  return {
    commissionId: commission.id,
    conversionId: commission.conversionId,
    affiliateId: commission.affiliateId,
    campaignId: commission.campaignId,
    grossAmount: exactNumber(formatMoney(gross)),
    percentage: exactNumber(formatPercentage(percentage)),
    netAmount: exactNumber(formatMoney(net)),
    currency: net.currency.code,
    status: statusOf(commission),
    calculatedAt: commission.calculatedAt,
    approvedAt: approvedAt ?? null,
  }
}
