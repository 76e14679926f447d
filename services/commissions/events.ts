import { draftEvent, type EventDraft } from '@relevo/contracts'
import { enqueue } from '@relevo/outbox'
import type pg from 'pg'
import { commissionApproved, commissionCalculated } from '../../systems/commissions.ts'
import type { Commission, CommissionEvent } from './domain/commission.ts'
import { formatMoney, type Money } from './domain/money.ts'
import { formatPercentage } from './domain/percentage.ts'

/**
 * Records what has happened, in the transaction of the change.
 * @throws OutboxError when the outbox is not there yet; pg's errors.
 */
export async function recordEvent(client: pg.PoolClient, event: CommissionEvent): Promise<void> {
  await enqueue(client, [toDraft(event)])
}

function toDraft({ type, commission }: CommissionEvent): EventDraft {
  return type === 'calculated'
    ? draftEvent(commissionCalculated, calculatedPayload(commission))
    : draftEvent(commissionApproved, approvedPayload(commission))
}

function calculatedPayload({ percentage, calculatedAt, ...commission }: Commission) {
  return {
    commissionId: commission.id,
    conversionId: commission.conversionId,
    affiliateId: commission.affiliateId,
    campaignId: commission.campaignId,
    grossAmount: amount(commission.gross),
    percentage: formatPercentage(percentage),
    netAmount: amount(commission.net),
    calculatedAt: calculatedAt.toISOString(),
  }
}

function approvedPayload({ approvedAt, ...commission }: Commission) {
  if (!approvedAt) throw new Error('A commission that is not approved has no event that says so')
  return {
    commissionId: commission.id,
    conversionId: commission.conversionId,
    affiliateId: commission.affiliateId,
    campaignId: commission.campaignId,
    netAmount: amount(commission.net),
    approvedAt: approvedAt.toISOString(),
  }
}

function amount(money: Money) {
  return { amount: formatMoney(money), currency: money.currency.code }
}
