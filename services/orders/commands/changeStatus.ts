import { cancelSaga, lockSaga, type SagaState, withSaga } from '@relevo/saga'
import type pg from 'pg'
import { type OrderStatus, order } from '../domain/order.ts'
import type { Orders } from '../orders.ts'
import { findOrder } from '../sql/findOrder.ts'

/**
 * `done`: the order is where it should be; `pending`: its saga has to be undone first. `refused`: the status does not
 * allow it. `cancelling`: it is being cancelled. `givenUp`: an operator has ended its saga as it was. `forgotten`: its saga
 * was dropped with those of its month. `busy`: others change it all the time; it may be asked again.
 */
export type Changed =
  | { readonly outcome: 'done' | 'cancelling' | 'givenUp' | 'forgotten' | 'busy' }
  | { readonly outcome: 'pending'; readonly sagaId: string }
  | { readonly outcome: 'refused'; readonly status: OrderStatus }

/**
 * Cancels an order in the caller's transaction, as its customer asks; undefined when there is none. The saga is locked
 * first, so that whatever else is decided about the order waits, or has been seen.
 * @throws SagaError `unsupportedVersion`; pg's errors.
 */
export async function cancelOrder(
  client: pg.PoolClient,
  orders: Orders,
  orderId: string,
  detail: string | undefined,
): Promise<Changed | undefined> {
  const found = await lockOrder(client, orders, orderId)
  if (!found) return undefined
  const { saga, status } = found
  if (status === 'CANCELLED') return { outcome: 'done' }
  if (status !== 'PENDING' && status !== 'CONFIRMED') return { outcome: 'refused', status }
  if (!saga) return { outcome: 'forgotten' }
  const reason = { code: 'CUSTOMER_REQUEST', ...(detail !== undefined && { detail }) }
  const { result } = await cancelSaga(client, orders.definitions, saga.id, reason)
  if (result === 'done') return { outcome: 'done' }
  if (result === 'ended' || result === 'pastPivot') return { outcome: 'givenUp' }
  return { outcome: 'pending', sagaId: saga.id }
}

const commands = { SHIPPED: 'ship', DELIVERED: 'deliver' } as const

/**
 * Has an order shipped or delivered, in the caller's transaction; undefined when there is none. One that is being
 * cancelled is not shipped any more.
 * @throws pg's errors.
 */
export async function advanceOrder(
  client: pg.PoolClient,
  orders: Orders,
  orderId: string,
  target: keyof typeof commands,
): Promise<Changed | undefined> {
  const found = await lockOrder(client, orders, orderId)
  if (!found) return undefined
  if (target === 'SHIPPED' && found.saga && isBeingCancelled(found.saga)) return { outcome: 'cancelling' }
  const execute = () => orders.store.execute(client, order, orderId, { do: commands[target] })
  const result = await (found.saga ? withSaga(found.saga, execute) : execute())
  if (result.outcome === 'rejected') return { outcome: 'refused', status: found.status }
  return { outcome: result.outcome === 'conflict' ? 'busy' : 'done' }
}

interface LockedOrder {
  /** Undefined: it ended long ago, and was dropped. */
  readonly saga: SagaState | undefined
  readonly status: OrderStatus
}

async function lockOrder(
  client: pg.PoolClient,
  { store }: Orders,
  orderId: string,
): Promise<LockedOrder | undefined> {
  const row = await findOrder(client, orderId)
  if (!row) return undefined
  const saga = await lockSaga(client, row.saga_id)
  const { state } = await store.load(client, order, orderId)
  if (!state) throw new Error(`Order ${orderId} has a row and no events`)
  return { saga, status: state.status }
}

/** A cancellation waits for the end of a saga that is past its pivot; one that was refused is over. */
function isBeingCancelled({ status, cancelRequested }: SagaState): boolean {
  return status === 'compensating' || (status === 'running' && cancelRequested !== null)
}
