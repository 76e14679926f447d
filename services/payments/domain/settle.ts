import type { DeclineReason, Payment } from './payment.ts'
import { answerAll, declinedFor, type Step } from './takeCommand.ts'

/** What a call of the provider has come to. */
export type Outcome =
  | { readonly type: 'approved'; readonly reference: string }
  | { readonly type: 'declined'; readonly reason: DeclineReason }
  | { readonly type: 'refunded' }

/** Makes the outcome of the call that was due take effect. @throws Error when it is the outcome of another call. */
export function settle(payment: Payment, outcome: Outcome): Step {
  if ((outcome.type === 'refunded') !== (payment.state === 'refunding'))
    throw new Error(`The outcome ${outcome.type} is none of a payment that is ${payment.state}`)
  if (outcome.type === 'refunded') return settleRefund(payment)
  return outcome.type === 'approved' ? approve(payment, outcome.reference) : decline(payment, outcome.reason)
}

function approve(payment: Payment, providerReference: string): Step {
  const news = [{ type: 'PAYMENT_CHARGED' }] as const
  const charged = { ...payment, providerReference }
  // The commands keep waiting: in the end the order is told that nothing is charged.
  if (payment.state === 'cancelling')
    return { payment: { ...charged, state: 'refunding', called: false }, replies: [], news }
  const replies = answerAll(payment.waiting, { type: 'CHARGED' })
  return { payment: { ...charged, state: 'charged', waiting: [] }, replies, news }
}

function decline(payment: Payment, reason: DeclineReason): Step {
  return {
    payment: { ...payment, state: 'declined', declineReason: reason, waiting: [] },
    replies: answerAll(payment.waiting, declinedFor(reason)),
    news: [{ type: 'PAYMENT_DECLINED', reason }],
  }
}

function settleRefund(payment: Payment): Step {
  return {
    payment: { ...payment, state: 'refunded', waiting: [] },
    replies: answerAll(payment.waiting, declinedFor('CANCELLED')),
    news: [{ type: 'PAYMENT_REFUNDED' }],
  }
}
