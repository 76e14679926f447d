import type { Answer, Command, News, Reply, ReplyAddress } from './command.ts'
import type { Charge, DeclineReason, Payment } from './payment.ts'

/** What a command, or the outcome of a call, makes of a payment. */
export interface Step {
  readonly payment: Payment
  readonly replies: readonly Reply[]
  readonly news: readonly News[]
}

/** Decides a command by what the order has had so far. */
export function takeCommand(known: Payment | undefined, command: Command): Step {
  const { charge, orderId, address } = command
  if (charge) return known ? chargeAgain(known, charge, address) : request(orderId, charge, address)
  return known ? refund(known, address) : leaveTombstone(orderId, address)
}

export function declinedFor(reason: DeclineReason): Answer {
  return { type: 'DECLINED', reason }
}

export function answerAll(waiting: readonly ReplyAddress[], charge: Answer): Reply[] {
  return waiting.map((to) => ({ to, answer: to.command === 'CHARGE' ? charge : { type: 'REFUNDED' } }))
}

function request(orderId: string, charge: Charge, address: ReplyAddress): Step {
  const payment: Payment = {
    orderId,
    charge,
    state: 'requested',
    declineReason: null,
    providerReference: null,
    called: false,
    waiting: [address],
  }
  return { payment, replies: [], news: [] }
}

function leaveTombstone(orderId: string, address: ReplyAddress): Step {
  const payment: Payment = {
    orderId,
    charge: null,
    state: 'cancelled',
    declineReason: 'CANCELLED',
    providerReference: null,
    called: false,
    waiting: [],
  }
  return answerNow(payment, address, { type: 'REFUNDED' })
}

function answerNow(payment: Payment, to: ReplyAddress, answer: Answer): Step {
  return { payment, replies: [{ to, answer }], news: [] }
}

/** A repetition is answered as the first one, and while that waits, along with it. */
function chargeAgain(payment: Payment, charge: Charge, address: ReplyAddress): Step {
  const { state, declineReason } = payment
  if (payment.charge === null) {
    const step = answerNow({ ...payment, charge }, address, declinedFor('CANCELLED'))
    return { ...step, news: [{ type: 'PAYMENT_DECLINED', reason: 'CANCELLED' }] }
  }
  if (!isSameAmount(payment.charge, charge)) return answerNow(payment, address, declinedFor('OTHER_AMOUNT'))
  if (state === 'charged') return answerNow(payment, address, { type: 'CHARGED' })
  if (state === 'declined') return answerNow(payment, address, declinedFor(declineReason ?? 'CANCELLED'))
  if (state === 'cancelled' || state === 'refunded')
    return answerNow(payment, address, declinedFor('CANCELLED'))
  return answerLater(payment, address)
}

function isSameAmount(one: Charge, other: Charge): boolean {
  return one.amountMinor === other.amountMinor && one.currency === other.currency
}

/**
 * A call that was begun may have its effect at any time: then the outcome is found out first, and given back. Until a call was
 * begun nothing has to be.
 */
function refund(payment: Payment, address: ReplyAddress): Step {
  const { state, called, waiting } = payment
  if (state === 'charged') return answerLater({ ...payment, state: 'refunding', called: false }, address)
  if (state === 'requested' && called) return answerLater({ ...payment, state: 'cancelling' }, address)
  if (state === 'cancelling' || state === 'refunding') return answerLater(payment, address)
  const refunded = { to: address, answer: { type: 'REFUNDED' } } as const
  if (state !== 'requested') return { payment, replies: [refunded], news: [] }
  return {
    payment: { ...payment, state: 'cancelled', declineReason: 'CANCELLED', waiting: [] },
    replies: [...answerAll(waiting, declinedFor('CANCELLED')), refunded],
    news: [{ type: 'PAYMENT_DECLINED', reason: 'CANCELLED' }],
  }
}

/** Sagas wait for the answer to their last attempt: while the provider hangs for days, older ones are dropped. */
export const mostWaiting = 100

function answerLater(payment: Payment, address: ReplyAddress): Step {
  if (payment.waiting.some((each) => isSameAddress(each, address))) return { payment, replies: [], news: [] }
  const waiting = [...payment.waiting, address].slice(-mostWaiting)
  return { payment: { ...payment, waiting }, replies: [], news: [] }
}

function isSameAddress(one: ReplyAddress, other: ReplyAddress): boolean {
  return (
    one.command === other.command &&
    one.sagaId === other.sagaId &&
    one.step === other.step &&
    one.attempt === other.attempt
  )
}
