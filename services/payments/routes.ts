import { type Handlers, ServiceError, toPage } from '@relevo/kit'
import type { consumerEndpoints } from '@relevo/kit/consumer'
import { exactNumber, formatUnits } from '@relevo/kit/exact'
import type pg from 'pg'
import type { Endpoints } from './api.ts'
import { amountDecimals } from './domain/payment.ts'
import { findPayment, type ListedPayment, listPayments } from './sql/listPayments.ts'

type Own = Exclude<keyof Endpoints, keyof ReturnType<typeof consumerEndpoints>>

export function createHandlers(pool: pg.Pool): Pick<Handlers<Endpoints>, Own> {
  return {
    listPayments: async ({ query: { order_id: orderId, cursor, limit } }) => {
      const found = await listPayments(pool, { orderId, before: cursor, limit: limit + 1 })
      return { body: toPage('payments', found.map(toAnswer), { limit }) }
    },
    getPayment: async ({ params: { id } }) => {
      const found = await findPayment(pool, id)
      if (!found) throw new ServiceError('notFound', `There is no payment ${id}.`)
      return { body: toAnswer(found) }
    },
  }
}

function toAnswer({ amount_minor, state: status, decline_reason: reason, ...rest }: ListedPayment) {
  const amount = amount_minor === null ? null : exactNumber(formatUnits(BigInt(amount_minor), amountDecimals))
  return { ...rest, status, amount, reason }
}
