import { z } from 'zod'
import { shopMoney } from './common.ts'
import { cancellationReasons } from './orderEvents.ts'

const line = z.object({
  product_name: z.string().max(200),
  quantity: z.int().positive(),
  subtotal: shopMoney.optional(),
})

const aboutOrder = {
  order_number: z.string().min(1).max(50),
  customer_name: z.string().max(200).optional(),
  items: z.array(line).max(100).optional(),
  total_amount: shopMoney.optional(),
}

/** What each template of the shop shows: `data` of a NOTIFICATION_REQUESTED. Further fields are ignored. */
export const notificationData = {
  order_confirmed: z.object(aboutOrder),
  order_cancelled: z.object({
    ...aboutOrder,
    reason: z.enum(cancellationReasons),
    detail: z.string().max(2_000).optional(),
  }),
  system_alert: z.object({
    change: z.enum(['opened', 'resolved']),
    severity: z.enum(['critical', 'warning']),
    subject: z.string().min(1).max(200).meta({ description: 'What it is about' }),
    message: z.string().min(1).max(1_000),
    opened_at: z.iso.datetime(),
    resolved_at: z.iso.datetime().optional(),
  }),
} as const
