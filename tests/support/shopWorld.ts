// The shop's real services on real databases, without Kafka and without processes: the test delivers every message by
// hand, so that order, repetitions, time-outs and crashes are its own.
import type { TestContext } from 'node:test'
import type { InboxEvent, InboxHandlers, InboxTransaction } from '@relevo/inbox'
import { inTransaction } from '@relevo/kit'
import { createSagas } from '@relevo/saga'
import { silent, testDatabase } from '@relevo/testing'
import type pg from 'pg'
import { Registry } from 'prom-client'
import { type Fault, faultyPool } from '../../packages/saga/faultyPool.ts'
import { createRegistry } from '../../packages/saga/registry.ts'
import { fireTimers } from '../../packages/saga/work.ts'
import { hearDatabase, judge } from '../../proof/judgeDatabases.ts'
import { database as inventoryDatabase } from '../../services/inventory/database.ts'
import { commandHandlers } from '../../services/inventory/handleCommands.ts'
import { cancelOrder } from '../../services/orders/commands/changeStatus.ts'
import { placeOrder } from '../../services/orders/commands/placeOrder.ts'
import { database as ordersDatabase } from '../../services/orders/database.ts'
import { createOrders } from '../../services/orders/orders.ts'
import { replyHandlers } from '../../services/orders/replies.ts'
import { commandHandlers as paymentHandlers } from '../../services/payments/handleCommands.ts'
import { ask, paymentsHarness } from '../../services/payments/paymentsHarness.ts'
import { settleCalls } from '../../services/payments/worker/settleCalls.ts'
import type { NewOrder } from '../../systems/bodies/placeOrder.ts'
import { shopSystem } from '../../systems/shop.ts'
import type { System } from '../../systems/system.ts'

/** An event as an outbox has it. */
export interface Message {
  readonly id: string
  readonly seq: number
  readonly topic: string
  readonly key: string
  readonly type: string
  // biome-ignore lint/suspicious/noExplicitAny: payloads of many contracts
  readonly payload: any
}

type Consumer = 'inventory' | 'orders' | 'payments'

const consumerOf: Readonly<Record<string, Consumer>> = {
  'inventory.requests': 'inventory',
  'payments.requests': 'payments',
  'inventory.responses': 'orders',
  'payments.responses': 'orders',
}

const patience = { timeoutMs: 3_600_000, attempts: 2, forwardTimeoutMs: 3_600_000, stuckAfter: 5 }

export type ShopWorld = Awaited<ReturnType<typeof shopWorld>>

export async function shopWorld(t: TestContext) {
  const payments = await paymentsHarness(t)
  const pools = {
    payments: payments.pool,
    inventory: (await testDatabase(t, inventoryDatabase.migrations)).pool,
    orders: (await testDatabase(t, ordersDatabase.migrations)).pool,
  }
  const orders = createOrders({ patience, currency: 'USD', logger: silent })
  const { definitions } = orders
  const sagas = createSagas({ pool: pools.orders, definitions, registry: new Registry(), logger: silent })
  const handlers = {
    inventory: commandHandlers({ currency: 'USD', logger: silent }),
    orders: replyHandlers(sagas),
    payments: paymentHandlers(() => {}),
  }
  const collect = collector(pools)
  let pending: Message[] = []
  let asked = 0 // Every third repeat is withheld.

  /** Takes what was recorded meanwhile on its way. */
  async function gather(): Promise<void> {
    pending.push(...(await collect()))
  }

  async function take(consumer: Consumer, messages: readonly Message[], fault: Fault | undefined) {
    const pool = fault ? faultyPool(pools[consumer], fault).pool : pools[consumer]
    await inTransaction(pool, (tx) => handleAll(handlers[consumer], messages, tx as InboxTransaction))
  }

  /** Delivers a few messages to one consumer; those that were lost in a crash come again, and perhaps the others too. */
  async function deliver(
    place: number,
    { count = 1, again = false, fault }: { count?: number; again?: boolean; fault?: Fault } = {},
  ): Promise<void> {
    await gather()
    const first = pending[place % Math.max(pending.length, 1)]
    if (!first) return
    const consumer = consumerOf[first.topic] as Consumer
    const chosen = pending.filter((each) => consumerOf[each.topic] === consumer)
    const from = chosen.indexOf(first)
    const batch = chosen.slice(from, from + count)
    const hasCrashed = await take(consumer, batch, fault).then(
      () => false,
      (error) => rethrowUnlessDead(error, fault),
    )
    if (!again && !hasCrashed) pending = pending.filter((each) => !batch.includes(each))
  }

  /** Every deadline of these sagas is over. */
  async function timeOut(sagaIds: readonly string[], fault?: Fault): Promise<void> {
    await pools.orders.query(
      "update saga.timer set due_at = clock_timestamp() - interval '1 s' where saga_id = any($1::uuid[])",
      [sagaIds],
    )
    const pool = fault ? faultyPool(pools.orders, fault).pool : pools.orders
    const onFailure = (_id: string, error: unknown) => void rethrowUnlessDead(error, fault)
    const registry = createRegistry(definitions)
    const budget = { spend: () => ++asked % 3 > 0 }
    await fireTimers({ pool, registry, batchSize: 50, budget, onFailure }).catch((error) =>
      rethrowUnlessDead(error, fault),
    )
  }

  /** The payments' worker asks the provider; dead, it leaves a lease, which ends. */
  async function pay(fault?: Fault): Promise<void> {
    const pool = fault ? faultyPool(pools.payments, fault).pool : pools.payments
    for (const call of await payments.lease()) {
      const outcome = await ask(payments.provider, call)
      await inTransaction(pool, (client) => settleCalls(client, [{ call, outcome }])).catch((error) =>
        rethrowUnlessDead(error, fault),
      )
    }
    await payments.passTime()
  }

  const underWay = async (): Promise<string[]> =>
    (await pools.orders.query('select saga_id::text as id from saga.timer order by 1')).rows.map(
      ({ id }) => id,
    )

  /** Everything arrives, and what waits for an answer that never came asks again, until nothing is under way. */
  async function quiet(): Promise<void> {
    for (let round = 0; round < 20; round++) {
      await gather()
      while (pending.length > 0) {
        await deliver(0, { count: 50 })
        await payments.work()
        await gather()
      }
      const ids = await underWay()
      if (ids.length === 0) return
      await timeOut(ids)
    }
    throw new Error('The shop does not come to rest')
  }

  return {
    pools,
    deliver,
    pay,
    timeOut,
    underWay,
    quiet,
    /** The order's id, and its saga's; undefined after a crash that left nothing. */
    place: async (order: NewOrder, fault?: Fault): Promise<string | undefined> => {
      const pool = fault ? faultyPool(pools.orders, fault).pool : pools.orders
      const work = (client: pg.PoolClient) => placeOrder(client, orders, order)
      const placed = inTransaction(pool, work).then(({ id }) => id)
      return placed.catch((error) => {
        rethrowUnlessDead(error, fault)
        return undefined
      })
    },
    cancel: async (orderId: string, fault?: Fault) => {
      const pool = fault ? faultyPool(pools.orders, fault).pool : pools.orders
      await inTransaction(pool, (client) => cancelOrder(client, orders, orderId, undefined)).catch((error) =>
        rethrowUnlessDead(error, fault),
      )
    },
    /** What breaks the shop's laws, or is not told alike. */
    broken: async () => {
      const heard = Object.entries(pools).map(async ([name, pool]) => {
        return [name, await hearDatabase(world, name, pool)] as const
      })
      return judge(world, Object.fromEntries(await Promise.all(heard)))
    },
  }
}

/** The shop as far as it is here: nobody delivers to the analytics, so that these have nothing to agree with. */
const world: System = {
  ...shopSystem,
  agreements: (shopSystem.agreements ?? []).filter(({ sides }) => {
    return sides.every(({ database }) => ['inventory', 'orders', 'payments'].includes(database))
  }),
}

function rethrowUnlessDead(error: unknown, fault: Fault | undefined): true {
  if (fault && /the process (is dead|was killed)/.test(String((error as Error).message))) return true
  throw error
}

/** As the inbox does: those that follow one another and share a function at once. */
async function handleAll(
  handlers: InboxHandlers,
  messages: readonly Message[],
  tx: InboxTransaction,
): Promise<void> {
  const events = messages.map((message) => toEvent(message, handlers))
  const batch = handlers[messages[0]?.type ?? '']?.handleAll
  if (!batch) throw new Error('The services of the shop take batches')
  await batch(events, tx)
}

function toEvent({ id, type, key, topic, payload }: Message, handlers: InboxHandlers): InboxEvent {
  const data = handlers[type]?.schema?.parse(payload) ?? payload
  const at = new Date()
  const place = { partition: 0, offset: 0n, recordTime: at }
  return {
    id,
    type,
    key,
    topic,
    data,
    json: JSON.stringify(payload),
    headers: {},
    source: '/',
    time: at,
    ...place,
  }
}

/** Reads what outboxes have got since it was called last. */
function collector(pools: Readonly<Record<string, pg.Pool>>) {
  const seen: Record<string, number> = {}
  const topics = Object.keys(consumerOf)
  return async (): Promise<Message[]> => {
    const found: Message[] = []
    for (const [name, pool] of Object.entries(pools)) {
      const { rows } = await pool.query<Message>(
        `select event_id::text as id, id::float8 as seq, topic, key, type, payload from outbox.event
        where topic = any($1) and id > $2 order by id`,
        [topics, seen[name] ?? 0],
      )
      seen[name] = rows.at(-1)?.seq ?? seen[name] ?? 0
      found.push(...rows)
    }
    return found
  }
}
