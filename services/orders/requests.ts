import { integerParameter, pageQuery } from '@relevo/kit'
import { z } from 'zod'
import { text } from '../../systems/bodies/placeOrder.ts'
import { orderStatuses } from './domain/order.ts'

export const statusRequest = z.strictObject({
  status: z.enum(orderStatuses),
  reason: text('reason', 2_000).optional().meta({ description: 'Of a cancellation' }),
})

export const orderParams = z.object({ id: z.uuid().transform((id) => id.toLowerCase()) })

const mostVersion = 1_000_000

export const getQuery = z.strictObject({
  min_version: integerParameter({
    min: 1,
    max: mostVersion,
    description: 'Waits up to 2 s for this version of the order; else the answer is 409',
  }).optional(),
})

const time = (name: string, description: string) =>
  z.iso
    .datetime({
      offset: true,
      error: `The parameter "${name}" must be a time of ISO 8601, as 2026-01-15T10:30:00Z`,
    })
    // Years of four digits that Postgres knows.
    .refine((text) => !text.startsWith('0000'), { error: `The parameter "${name}" must be a year from 1 on` })
    .transform((text) => new Date(text))
    .meta({ format: 'date-time', description })

export const listQuery = pageQuery('en').extend({
  status: z.enum(orderStatuses).optional(),
  order_type: z.enum(['sell', 'buy']).optional(),
  customer_email: z.string().min(1).max(320).optional(),
  from: time('from', 'Created at this time or later').optional(),
  to: time('to', 'Created before this time').optional(),
})

const mostWaitSeconds = 30

/** RFC 7240: a preference that is not known, or not well formed, is passed over. */
export function waitOf(prefer: string | undefined): number | undefined {
  const [, seconds] = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,9})"?\s*(?:[,;]|$)/i.exec(prefer ?? '') ?? []
  return seconds === undefined ? undefined : Math.min(Number(seconds), mostWaitSeconds)
}

/** `Prefer: wait=5` */
export const preferHeader = z.object({
  prefer: z
    .string()
    .optional()
    .meta({
      description: `\`wait=5\`: answers when it is decided, after so many seconds at the latest (at most ${mostWaitSeconds})`,
    }),
})
