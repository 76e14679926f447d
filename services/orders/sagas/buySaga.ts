import { defineSaga, keep, onReply } from '@relevo/saga'
import { giveBack, receive } from '../../../systems/shop/inventoryCommands.ts'
import { rejected } from '../../../systems/shop/inventoryReplies.ts'
import { canBeTold, notification } from './notify.ts'
import { because, commandTo, type OrderSagaData, requestedItems, type SagaParts } from './orderSaga.ts'
import { rejectionReason } from './reasons.ts'

/**
 * A purchase from a supplier: its units come in, and the order is confirmed. Cancelled before it is shipped, they go
 * back, unless others have been promised them: then the order is confirmed, or stays so.
 */
export function buySaga({ patience, actions }: SagaParts) {
  return defineSaga<OrderSagaData, OrderSagaData>({
    name: 'buy',
    version: 1,
    start: (input) => input,
    cancellable: 'afterwards',
    refuseUndo: (tx, data) => actions.refuseUndo(tx, data),
    steps: {
      receive: {
        timeoutMs: patience.timeoutMs,
        attempts: patience.attempts,
        late: 'compensate',
        command: (data) => commandTo(receive, data, { items: requestedItems(data) }),
        done: { RECEIVED: keep },
        failed: {
          REJECTED: onReply(rejected.payload, (_data: OrderSagaData, reply) => rejectionReason(reply)),
          CANCELLED: () => ({ code: 'CANCELLED' }),
        },
        compensation: {
          timeoutMs: patience.forwardTimeoutMs,
          stuckAfter: patience.stuckAfter,
          command: (data, { reason }) => commandTo(giveBack, data, because(reason)),
          done: { RETURNED: keep },
          refused: {
            REJECTED: onReply(rejected.payload, (_data: OrderSagaData, reply) => rejectionReason(reply)),
          },
          whenRefused: 'goForward',
        },
      },
      confirm: { pivot: true, local: (tx, data) => actions.confirm(tx, data) },
      notify: { when: canBeTold, send: (data) => notification('order_confirmed', data) },
    },
    on: {
      compensated: (tx, data, { reason }) => actions.cancel(tx, data, reason ?? { code: 'OPERATOR' }),
    },
  })
}
