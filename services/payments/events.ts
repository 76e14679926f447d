import { type DraftOptions, draftEvent, type EventDraft } from '@relevo/contracts'
import type { Origin } from '@relevo/inbox'
import { formatUnits } from '@relevo/kit/exact'
import * as contracts from '../../systems/shop/paymentReplies.ts'
import type { News, Reply, ReplyAddress } from './domain/command.ts'
import { amountDecimals, type Payment } from './domain/payment.ts'
import type { Step } from './domain/takeCommand.ts'

/** The replies and events of a step, for a payment with this number. */
export function draftStep({ payment, replies, news }: Step, paymentId: number): EventDraft[] {
  // While a charge is being given back, the commands go on waiting, and there is no reply yet.
  const asked = replies.length > 0 ? replies.map(({ to }) => to) : payment.waiting
  return [
    ...replies.map((reply) => draftReply(reply, payment, paymentId)),
    ...news.map((each) => draftNews(each, payment, { paymentId, asked })),
  ]
}

/** @throws Error for a tombstone, which nothing is said about that has an amount. */
function amountOf({ charge, orderId }: Payment) {
  if (!charge) throw new Error(`The payment of order ${orderId} has no amount`)
  return { amount: formatUnits(charge.amountMinor, amountDecimals), currency: charge.currency }
}

/** Commands are taken together, and settled later: each event names its own. */
function following(origin: Origin | undefined): DraftOptions {
  return origin === undefined ? {} : { headers: origin }
}

function draftReply({ to, answer }: Reply, payment: Payment, payment_id: number): EventDraft {
  const about = { saga_id: to.sagaId, step: to.step, attempt: to.attempt, order_id: payment.orderId }
  const options = following(to.origin)
  if (answer.type === 'CHARGED')
    return draftEvent(contracts.charged, { ...about, payment_id, amount: amountOf(payment) }, options)
  if (answer.type === 'REFUNDED') return draftEvent(contracts.refunded, about, options)
  return draftEvent(contracts.declined, { ...about, reason: answer.reason }, options)
}

interface NewsContext {
  readonly paymentId: number
  /** By whom. */
  readonly asked: readonly ReplyAddress[]
}

function draftNews(news: News, payment: Payment, { paymentId, asked }: NewsContext): EventDraft {
  const about = { payment_id: paymentId, order_id: payment.orderId, amount: amountOf(payment) }
  const cause = news.type === 'PAYMENT_REFUNDED' ? 'REFUND' : 'CHARGE'
  const options = following((asked.find(({ command }) => command === cause) ?? asked[0])?.origin)
  if (news.type === 'PAYMENT_DECLINED')
    return draftEvent(contracts.paymentDeclined, { ...about, reason: news.reason }, options)
  const contract = news.type === 'PAYMENT_CHARGED' ? contracts.paymentCharged : contracts.paymentRefunded
  return draftEvent(contract, about, options)
}
