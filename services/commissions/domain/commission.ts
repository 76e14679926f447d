import { type Money, shareOf } from './money.ts'
import type { Percentage } from './percentage.ts'

/**
 * What an affiliate earns by a conversion.
 *
 *     calculate ──> CALCULATED ──approve──> APPROVED
 */
export interface Commission {
  readonly id: string
  /** Of each conversion there is one commission. */
  readonly conversionId: string
  readonly affiliateId: string
  readonly campaignId: string
  readonly gross: Money
  readonly percentage: Percentage
  readonly net: Money
  readonly calculatedAt: Date
  /** Undefined while it is calculated only. */
  readonly approvedAt: Date | undefined
}

export type CommissionStatus = 'CALCULATED' | 'APPROVED'

/** What has happened to a commission, with its state after it. */
export interface CommissionEvent {
  readonly type: 'calculated' | 'approved'
  readonly commission: Commission
}

/** A conversion as it is reported. */
export interface Conversion {
  readonly conversionId: string
  readonly affiliateId: string
  readonly campaignId: string
  readonly gross: Money
}

export function statusOf({ approvedAt }: Commission): CommissionStatus {
  return approvedAt === undefined ? 'CALCULATED' : 'APPROVED'
}

/** The commission of a conversion. */
export function calculate(
  conversion: Conversion,
  facts: { readonly id: string; readonly percentage: Percentage; readonly now: Date },
): CommissionEvent {
  const { id, percentage, now } = facts
  const net = shareOf(conversion.gross, percentage)
  return {
    type: 'calculated',
    commission: { ...conversion, id, percentage, net, calculatedAt: now, approvedAt: undefined },
  }
}

/** Approves a commission; nothing happens to one that is approved already. */
export function approve(commission: Commission, now: Date): CommissionEvent | undefined {
  if (statusOf(commission) === 'APPROVED') return undefined
  return { type: 'approved', commission: { ...commission, approvedAt: now } }
}

/** Whether a conversion that is reported again says what it said at first. */
export function isOf(commission: Commission, { affiliateId, campaignId, gross }: Conversion): boolean {
  return (
    commission.affiliateId === affiliateId &&
    commission.campaignId === campaignId &&
    commission.gross.minor === gross.minor &&
    commission.gross.currency.code === gross.currency.code
  )
}
