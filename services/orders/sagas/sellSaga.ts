import { defineSaga, keep, onReply } from '@relevo/saga'
import { commit, release, reserve } from '../../../systems/shop/inventoryCommands.ts'
import { insufficientStock, rejected } from '../../../systems/shop/inventoryReplies.ts'
import { charge, refund } from '../../../systems/shop/paymentCommands.ts'
import { declined } from '../../../systems/shop/paymentReplies.ts'
import { canBeTold, notification } from './notify.ts'
import { because, commandTo, type OrderSagaData, requestedItems, type SagaParts } from './orderSaga.ts'
import { describeShortages, rejectionReason } from './reasons.ts'

/**
 * An order of a customer: units are reserved, the total is charged, the order is confirmed, the units leave, and the
 * customer is told. Cancelled before it is shipped, the whole is undone: a RELEASE brings committed units back.
 */
export function sellSaga({ patience, actions }: SagaParts) {
  const forward = { timeoutMs: patience.forwardTimeoutMs, stuckAfter: patience.stuckAfter }
  const tried = { timeoutMs: patience.timeoutMs, attempts: patience.attempts, late: 'compensate' } as const
  return defineSaga<OrderSagaData, OrderSagaData>({
    name: 'sell',
    version: 1,
    start: (input) => input,
    cancellable: 'afterwards',
    refuseUndo: (tx, data) => actions.refuseUndo(tx, data),
    steps: {
      reserve: {
        ...tried,
        command: (data) => commandTo(reserve, data, { items: requestedItems(data) }),
        done: { RESERVED: keep },
        failed: {
          INSUFFICIENT_STOCK: onReply(insufficientStock.payload, (_data: OrderSagaData, { shortages }) => ({
            code: 'INSUFFICIENT_STOCK',
            detail: describeShortages(shortages),
          })),
          REJECTED: onReply(rejected.payload, (_data: OrderSagaData, reply) => rejectionReason(reply)),
          // Something has released the order before.
          CANCELLED: () => ({ code: 'CANCELLED' }),
        },
        compensation: {
          ...forward,
          command: (data, { reason }) => commandTo(release, data, because(reason)),
          done: { RELEASED: keep },
          busy: ['REJECTED'],
        },
      },
      charge: {
        ...tried,
        command: (data) => commandTo(charge, data, chargeOf(data)),
        done: { CHARGED: keep },
        failed: {
          DECLINED: onReply(declined.payload, (_data: OrderSagaData, { reason }) => ({
            code: 'PAYMENT_DECLINED',
            detail: reason,
          })),
        },
        compensation: {
          ...forward,
          command: (data, { reason }) => commandTo(refund, data, because(reason)),
          done: { REFUNDED: keep },
        },
      },
      confirm: { pivot: true, local: (tx, data) => actions.confirm(tx, data) },
      commit: {
        ...forward,
        attempts: 'forever',
        command: (data) => commandTo(commit, data, {}),
        done: { COMMITTED: keep },
        // Reserved units stay reserved until they leave: committed ones have to be brought back.
        busy: ['REJECTED', 'CANCELLED'],
      },
      notify: { when: canBeTold, send: (data) => notification('order_confirmed', data) },
    },
    on: {
      compensated: (tx, data, { reason }) => actions.cancel(tx, data, reason ?? { code: 'OPERATOR' }),
    },
  })
}

function chargeOf({ order: { total_amount: amount, customer_id, customer_email } }: OrderSagaData) {
  return {
    amount,
    ...(customer_id !== null && { customer_id }),
    ...(customer_email !== null && { customer_email }),
  }
}
