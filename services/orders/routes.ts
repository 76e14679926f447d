import {
  type Call,
  type Handlers,
  inTransaction,
  type Reply,
  type RequestContext,
  ServiceError,
} from '@relevo/kit'
import type { consumerEndpoints } from '@relevo/kit/consumer'
import type { replayEndpoints } from '@relevo/kit/replay'
import type { sagaEndpoints } from '@relevo/kit/saga'
import { readSaga, SagaError, type SagaStatus } from '@relevo/saga'
import type pg from 'pg'
import type { NewOrder } from '../../systems/bodies/placeOrder.ts'
import { toAnswer, toStats } from './answers.ts'
import type { Endpoints } from './api.ts'
import { advanceOrder, type Changed, cancelOrder } from './commands/changeStatus.ts'
import { placeOrder } from './commands/placeOrder.ts'
import { readHistory } from './commands/readHistory.ts'
import { requestableFrom } from './domain/order.ts'
import type { Orders } from './orders.ts'
import { waitOf } from './requests.ts'
import { readTotals } from './sql/addTotals.ts'
import { findOrder } from './sql/findOrder.ts'
import { listOrders } from './sql/listOrders.ts'
import type { OrderRow } from './sql/orderRow.ts'
import type { Waiter } from './waiter.ts'

export interface OrdersParts {
  readonly pool: pg.Pool
  readonly orders: Orders
  /** By the orders' ids: their versions. */
  readonly versions: Waiter<number>
  /** By the ids of sagas. */
  readonly sagas: Waiter<SagaStatus>
  showSaga(id: string): Promise<Reply> | Reply
}

type OfKit =
  | keyof ReturnType<typeof consumerEndpoints>
  | keyof ReturnType<typeof sagaEndpoints>
  | keyof typeof replayEndpoints

const versionWaitMs = 2_000
/** How long a cancellation is waited for where the client names no time. */
const defaultWaitSeconds = 2

export function createHandlers(
  parts: OrdersParts,
): Pick<Handlers<Endpoints>, Exclude<keyof Endpoints, OfKit>> {
  const { pool, orders } = parts
  return {
    listOrders: async ({ query, context }) => ({ body: await listPage(pool, query, ownerOf(context)) }),
    createOrder: createHandler(parts),
    getStats: async () => ({ body: toStats(await readTotals(pool), orders.currency) }),
    getOrder: async ({ params: { id }, query: { min_version: version }, context }) => {
      await requireOwn(pool, id, context)
      return { body: toAnswer(await readAtVersion(parts, id, version)) }
    },
    changeStatus: (call) => changeStatus(parts, call),
    cancelOrder: async ({ params: { id }, headers, context }) => {
      await requireOwn(pool, id, context)
      return cancel(parts, id, { wait: waitOf(headers.prefer) })
    },
    getHistory: async ({ params: { id }, context }) => {
      await requireOwn(pool, id, context)
      const events = await readHistory(pool, orders.store, id)
      if (events.length === 0) throw unknown(id)
      return { body: { count: events.length, events } }
    },
    getSaga: async ({ params: { id }, context }) => {
      await requireOwn(pool, id, context)
      return parts.showSaga((await requireOrder(pool, id)).saga_id)
    },
  }
}

function unknown(id: string): ServiceError {
  return new ServiceError('notFound', `There is no order ${id}.`)
}

async function requireOrder(client: pg.Pool | pg.PoolClient, id: string): Promise<OrderRow> {
  const row = await findOrder(client, id)
  if (!row) throw unknown(id)
  return row
}

/** Whose orders a request is about: a customer's own; undefined: everybody's. */
function ownerOf({ identity }: RequestContext): string | undefined {
  return identity?.role === 'customer' ? identity.subject : undefined
}

/** @throws ServiceError `notFound` for the order of somebody else, as if it were not there. */
async function requireOwn(pool: pg.Pool, id: string, context: RequestContext): Promise<void> {
  const owner = ownerOf(context)
  if (owner !== undefined && (await requireOrder(pool, id)).customer_id !== owner) throw unknown(id)
}

/** An order of a customer is that customer's, whether it says so or not. @throws ServiceError `forbidden`. */
function owned(order: NewOrder, context: RequestContext): NewOrder {
  const customerId = ownerOf(context)
  if (customerId === undefined) return order
  if (order.customerId !== null && order.customerId !== customerId)
    throw new ServiceError(
      'forbidden',
      '"customer_id" is another customer\'s. Leave it out, or send your own.',
    )
  return { ...order, customerId }
}

async function listPage(
  pool: pg.Pool,
  query: Call<Endpoints['listOrders']>['query'],
  customerId: string | undefined,
) {
  const { limit, cursor: before, order_type: orderType, customer_email: customerEmail, ...rest } = query
  const rows = await listOrders(pool, { ...rest, before, orderType, customerId, customerEmail }, limit + 1)
  const shown = rows.slice(0, limit)
  const next = rows.length > limit ? shown.at(-1)?.number : undefined
  return {
    count: shown.length,
    orders: shown.map(toAnswer),
    ...(next !== undefined && { next_cursor: String(next) }),
  }
}

interface Placed {
  readonly id: string
  readonly sagaId: string
  /** The answer as it is sent: JSON. */
  readonly text: string
}

/** Records the answer; a client that prefers to wait gets the order once its saga has ended. */
function createHandler(parts: OrdersParts) {
  const { orders, pool, sagas } = parts
  return {
    record: async (call: Call<Endpoints['createOrder']>, client: pg.PoolClient) => {
      const row = await placeOrder(client, orders, owned(call.body, call.context))
      return { id: row.id, sagaId: row.saga_id, text: JSON.stringify(toAnswer(row)) }
    },
    answer: async ({ id, sagaId, text }: Placed, { headers }: Call<Endpoints['createOrder']>) => {
      const wait = waitOf(headers.prefer)
      const created = { status: 201, headers: { location: `/orders/${id}`, 'content-type': jsonType } }
      if (wait === undefined) return { ...created, body: text }
      await sagas.wait(sagaId, hasEnded, wait * 1_000)
      const applied = { ...created.headers, 'preference-applied': `wait=${wait}` }
      const body = JSON.stringify(toAnswer(await requireOrder(pool, id)))
      return { ...created, headers: applied, body }
    },
  }
}

const jsonType = 'application/json; charset=utf-8'

function hasEnded(status: SagaStatus): boolean {
  return status !== 'running' && status !== 'compensating'
}

async function readAtVersion(
  { pool, versions }: OrdersParts,
  id: string,
  version: number | undefined,
): Promise<OrderRow> {
  if (version !== undefined) await versions.wait(id, (reached) => reached >= version, versionWaitMs)
  const row = await requireOrder(pool, id)
  if (version === undefined || row.version >= version) return row
  throw new ServiceError(
    'conflict',
    `Order ${id} is at version ${row.version}, and not at ${version} yet. Ask again later.`,
  )
}

async function changeStatus(
  parts: OrdersParts,
  { params: { id }, headers, body: { status, reason } }: Call<Endpoints['changeStatus']>,
): Promise<Reply> {
  if (status === 'CANCELLED') return cancel(parts, id, { wait: waitOf(headers.prefer), reason })
  const { pool, orders } = parts
  if (status === 'SHIPPED' || status === 'DELIVERED') {
    const changed = await inTransaction(pool, (client) => advanceOrder(client, orders, id, status))
    if (changed?.outcome !== 'done') throw refusal(id, changed)
  }
  const row = await requireOrder(pool, id)
  if (row.status === status || status === 'SHIPPED' || status === 'DELIVERED') return { body: toAnswer(row) }
  throw refusal(id, { outcome: 'refused', status: row.status })
}

interface CancelOptions {
  /** In seconds. */
  readonly wait: number | undefined
  readonly reason?: string | undefined
}

async function cancel(
  parts: OrdersParts,
  id: string,
  { wait = defaultWaitSeconds, reason }: CancelOptions,
): Promise<Reply> {
  const { pool, orders, sagas } = parts
  const work = (client: pg.PoolClient) => cancelOrder(client, orders, id, reason)
  const changed = await inTransaction(pool, work).catch(explainSaga)
  if (changed?.outcome === 'done') return { body: toAnswer(await requireOrder(pool, id)) }
  if (changed?.outcome !== 'pending') throw refusal(id, changed)
  await sagas.wait(changed.sagaId, hasEnded, wait * 1_000)
  return outcomeOf(pool, id, changed.sagaId)
}

/** What a cancellation has come to so far. */
async function outcomeOf(pool: pg.Pool, id: string, sagaId: string): Promise<Reply> {
  const saga = await readSaga(pool, sagaId)
  const row = await requireOrder(pool, id)
  if (row.status === 'CANCELLED') return { body: toAnswer(row) }
  if (!saga || !hasEnded(saga.status)) return { status: 202, body: toAnswer(row) }
  if (saga.status === 'givenUp') throw refusal(id, { outcome: 'givenUp' })
  const refused = saga.history.findLast(({ kind }) => kind === 'refused')?.detail as RefusedDetail | undefined
  const why = [refused?.code, refused?.detail].filter((part) => part !== undefined).join(': ')
  throw new ServiceError('conflict', `Order ${id} is ${row.status} and stays so. The inventory says: ${why}.`)
}

interface RefusedDetail {
  readonly code?: string
  readonly detail?: string
}

/** Why a change is not made, and which are. */
function refusal(id: string, changed: Changed | undefined): ServiceError {
  if (!changed) return unknown(id)
  if (changed.outcome === 'cancelling')
    return new ServiceError('conflict', `Order ${id} is being cancelled. Nothing else is allowed.`)
  if (changed.outcome === 'refused') {
    const { status } = changed
    const allowed = requestableFrom(status)
    const which = allowed.length > 0 ? `Allowed: ${allowed.join(', ')}.` : 'Nothing is allowed any more.'
    return new ServiceError('conflict', `Order ${id} is ${status}. ${which}`)
  }
  if (changed.outcome === 'busy')
    return new ServiceError('unavailable', `Order ${id} is being changed by others. Ask again in a moment.`)
  const why = changed.outcome === 'forgotten' ? 'is kept no more' : 'was given up by an operator'
  return new ServiceError(
    'conflict',
    `The saga of order ${id} ${why}, so that nothing of it is undone any more.`,
  )
}

function explainSaga(cause: unknown): never {
  if (cause instanceof SagaError && cause.code === 'unsupportedVersion')
    throw new ServiceError('unavailable', 'This process is too old for that order. Ask again in a moment.', {
      cause,
      headers: { 'retry-after': '1' },
    })
  throw cause
}
