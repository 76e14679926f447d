import { z } from 'zod'
import { defineEvent, type EventContract } from './eventContract.ts'
import { topics } from './topics.ts'

/** A client has created a message. */
export const messageCreated = defineEvent({
  type: 'message.created',
  version: 1,
  summary: 'A message was created',
  topic: topics.messages,
  payload: z.object({
    content: z
      .string()
      .min(1)
      .meta({ description: 'What the client wrote', examples: ['Mi primer evento'] }),
  }),
  // Messages have nothing to do with each other; a common key would only make them wait for each other.
  key: null,
  partitionBy: 'key',
  producer: 'messages',
  consumers: ['message-processor'],
})

const money = z
  .object({
    amount: z
      .string()
      .regex(/^\d+(\.\d+)?$/)
      .meta({ description: 'Major units in decimal digits, exactly', examples: ['15.06'] }),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/)
      .meta({ description: 'ISO 4217', examples: ['USD'] }),
  })
  .meta({ description: 'An amount of money; a text, since a floating-point number would not keep it' })

const aboutCommission = {
  commissionId: z.uuid(),
  conversionId: z.string(),
  affiliateId: z.string(),
  campaignId: z.string(),
  netAmount: money,
}

/** The commission of a conversion has been calculated. */
export const commissionCalculated = defineEvent({
  type: 'commission.calculated',
  version: 1,
  summary: 'The commission of a conversion was calculated',
  topic: topics.commissions,
  payload: z.object({
    ...aboutCommission,
    grossAmount: money,
    percentage: z
      .string()
      .regex(/^\d+(\.\d+)?$/)
      .meta({ examples: ['12.5'] }),
    calculatedAt: z.iso.datetime(),
  }),
  key: ({ commissionId }) => commissionId,
  partitionBy: 'key',
  producer: 'commissions',
  consumers: ['notifications'],
})

/** A commission has been approved. */
export const commissionApproved = defineEvent({
  type: 'commission.approved',
  version: 1,
  summary: 'A commission was approved',
  topic: topics.commissions,
  payload: z.object({ ...aboutCommission, approvedAt: z.iso.datetime() }),
  key: ({ commissionId }) => commissionId,
  partitionBy: 'key',
  producer: 'commissions',
  consumers: ['notifications'],
})

/** Every event of the catalogue. */
export const events: readonly EventContract[] = [
  messageCreated as EventContract,
  commissionCalculated as EventContract,
  commissionApproved as EventContract,
]
