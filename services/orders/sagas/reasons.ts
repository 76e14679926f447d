import type { SagaReason } from '@relevo/saga'
import { cancellationReasons } from '../../../systems/shop/orderEvents.ts'
import type { CancellationReason } from '../domain/events.ts'

const mostDetail = 2_000

interface Shortage {
  readonly product_id: number
  readonly requested: number
  readonly available: number
}

/** `product 1: 1000 requested, 50 available` */
export function describeShortages(shortages: readonly Shortage[]): string {
  return cut(
    shortages
      .map(({ product_id, requested, available }) => {
        return `product ${product_id}: ${requested} requested, ${available} available`
      })
      .join('; '),
  )
}

interface Rejection {
  readonly reason: string
  readonly items?:
    | readonly {
        readonly product_id: number | string
        readonly unit_price?: { readonly amount: string; readonly currency: string } | undefined
      }[]
    | undefined
  readonly shortages?: readonly Shortage[] | undefined
}

/** Why the inventory has rejected an order; the right prices, or the products that there are not. */
export function rejectionReason({ reason, items = [], shortages = [] }: Rejection): SagaReason {
  const about = items.map(({ product_id, unit_price: price }) =>
    price ? `product ${product_id} costs ${price.amount} ${price.currency}` : `product ${product_id}`,
  )
  const lacking = shortages.length > 0 ? [describeShortages(shortages)] : []
  const detail = cut([...about, ...lacking].join('; '))
  return { code: reason, ...(detail !== '' && { detail }) }
}

/** What a saga was undone for, as an order tells it. */
export function cancellationOf({ code, detail }: SagaReason): {
  readonly reason: CancellationReason
  readonly detail?: string
} {
  const reason = cancellationReasons.find((each) => each === code)
  const text = describeDetail(detail)
  if (reason) return { reason, ...(text !== undefined && { detail: text }) }
  return { reason: 'REJECTED', detail: cut(text === undefined ? code : `${code}: ${text}`) }
}

function describeDetail(detail: unknown): string | undefined {
  if (detail === undefined || detail === null) return undefined
  if (typeof detail === 'string') return cut(detail)
  const { step } = detail as { step?: unknown }
  return typeof step === 'string' ? `The step ${step} was not answered in time` : cut(JSON.stringify(detail))
}

function cut(text: string): string {
  return text.length > mostDetail ? `${text.slice(0, mostDetail - 1)}…`.toWellFormed() : text
}
