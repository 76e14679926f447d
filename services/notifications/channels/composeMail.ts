import type { InboxEvent } from '@relevo/inbox'
import { commissionApproved, commissionCalculated } from '../../../systems/commissions.ts'

export interface Mail {
  readonly subject: string
  readonly text: string
}

const verbs: Readonly<Record<string, string>> = {
  [commissionCalculated.type]: 'calculated',
  [commissionApproved.type]: 'approved',
}

/** The e-mail about an event of the catalogue, whose payload has been checked. */
export function composeMail({ id, type, time, data }: InboxEvent): Mail {
  const { commissionId, conversionId, affiliateId, campaignId, netAmount } =
    type === commissionApproved.type
      ? commissionApproved.payload.parse(data)
      : commissionCalculated.payload.parse(data)
  const amount = `${netAmount.amount} ${netAmount.currency}`
  const lines = [
    `Commission ${commissionId} of ${amount} was ${verbs[type]}.`,
    '',
    `Affiliate:  ${affiliateId}`,
    `Campaign:   ${campaignId}`,
    `Conversion: ${conversionId}`,
    `Event:      ${id}, ${time.toISOString()}`,
  ]
  return { subject: `Commission ${verbs[type]}: ${amount} for ${affiliateId}`, text: `${lines.join('\n')}\n` }
}
