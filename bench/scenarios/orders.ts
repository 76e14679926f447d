import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { createPace } from '../load/pace.ts'
import type { Measurement, Values } from '../measurement.ts'
import type { Run, Scenario } from '../scenario.ts'
import { type Shop, startShopCosts, withShop } from '../shopProcesses.ts'
import { countEnded, countUnconfirmed, countUnderWay, readEnds } from '../sql/shopOrders.ts'
import { latencies } from '../statistics.ts'
import type { TestBed } from '../testBed.ts'

const products = 64
/** Until the code is compiled. */
const warmUpSeconds = 20
const seconds = 20
const mostUnderWay = 200
/** While a paced run warms up: what waits from that time would be in its latencies. */
const fewUnderWay = 16
const share = 0.7
const clients = 16
const fast = 'as fast as it goes'
const paced = `${share * 100} % of that`

export const orders: Scenario = {
  name: 'orders',
  chapter: 'shop',
  title: 'Orders, end to end',
  description: `\`POST /orders\` of two of ${products} products each, until the order is CONFIRMED and its units are COMMITTED: RESERVE, CHARGE and
COMMIT go by outbox, relay, Kafka and inbox, and so do their replies. services/orders, inventory and payments (the sandbox provider) and one relay for
their three outboxes as they are deployed; everything on the same ${2} cores, ${seconds} s after ${warmUpSeconds} s to warm up. "${fast}": ${clients} clients, at most
${mostUnderWay} orders under way. "${paced}": at most ${fewUnderWay} under way until it is warm, so that nothing waits when the ${seconds} s begin. Latency in ms from the sending of the request to the commit of the last step, as Postgres noted it. CPU in seconds per 1,000 orders; "load" places the
orders, and is not in the sum. An order that is not confirmed in the end fails the run.`,
  columns: [
    { key: 'ordersPerSecond', title: 'orders/s' },
    { key: 'orderP50', title: 'p50' },
    { key: 'orderP95', title: 'p95' },
    { key: 'orderP99', title: 'p99' },
    { key: 'answerP99', title: 'POST p99' },
    { key: 'ordersCpu', title: 'CPU orders', digits: 2 },
    { key: 'inventoryCpu', title: 'inventory', digits: 2 },
    { key: 'paymentsCpu', title: 'payments', digits: 2 },
    { key: 'relayCpu', title: 'relay', digits: 2 },
    { key: 'postgresCpu', title: 'Postgres', digits: 2 },
    { key: 'kafkaCpu', title: 'Kafka', digits: 2 },
    { key: 'sumCpu', title: 'sum', digits: 2 },
    { key: 'loadCpu', title: 'load', digits: 2 },
  ],
  variants: [
    { name: fast, budgetMs: 120_000, measure: (run) => placeOrders(run) },
    { name: paced, budgetMs: 120_000, measure: (run) => placeOrders(run, pacedRate(run.earlier)) },
  ],
}

/**
 * 70 % of what was measured last as fast as it goes, in orders per second.
 * @throws Error when nothing was.
 */
export function pacedRate(earlier: readonly Measurement[]): number {
  const rates = earlier.filter(({ variant }) => variant === fast).map(({ values }) => values.ordersPerSecond)
  const last = rates.findLast((rate) => rate !== undefined)
  if (last === undefined) throw new Error(`there is no result of "${fast}"`)
  return share * last
}

interface Placed {
  /** By order, in milliseconds since 1970. */
  readonly sentAt: Map<string, number>
  readonly answerMs: number[]
}

/** @param variables of the shop's processes. */
export function placeOrders(
  { bed, signal }: Run,
  rate?: number,
  variables: Record<string, string> = {},
): Promise<Values> {
  const measure = async (shop: Shop): Promise<Values> => {
    await makeProducts(shop)
    const placed: Placed = { sentAt: new Map(), answerMs: [] }
    const from = wallClock() + warmUpSeconds * 1_000
    const to = from + seconds * 1_000
    const placing = place(shop, placed, { from, to, rate, signal })
    await delay(from - wallClock(), undefined, { signal })
    const costs = startCosts(bed, shop)
    await delay(to - wallClock(), undefined, { signal })
    const used = costs()
    await placing
    await untilEnded(shop, placed.sentAt.size, signal)
    const values = await summarise(shop, placed, from, to)
    const thousands = ((values.ordersPerSecond ?? Number.NaN) * seconds) / 1_000
    const cpu = Object.entries(used).map(([name, spent]) => [name, spent / thousands])
    return { ...values, ...Object.fromEntries(cpu) }
  }
  return withShop(bed, signal, measure, variables)
}

/** CPU time in seconds, that of this process apart. */
function startCosts(bed: TestBed, shop: Shop): () => Record<string, number> {
  const [ofShop, before] = [startShopCosts(bed, shop), process.cpuUsage()]
  return () => {
    const spent = ofShop()
    const { user, system } = process.cpuUsage(before)
    const sumCpu = Object.values(spent).reduce((sum, each) => sum + each, 0)
    return { ...spent, sumCpu, loadCpu: (user + system) / 1e6 }
  }
}

async function makeProducts(shop: Shop): Promise<void> {
  for (let n = 1; n <= products; n++) {
    const body = {
      name: `Product ${n}`,
      description: '',
      price: 9.99,
      stock_quantity: 1_000_000,
      min_stock_level: 0,
    }
    await post(`${shop.url('inventory')}/products`, body)
  }
}

interface Placing {
  /** When what is measured begins; from then on the orders are placed at the rate, if there is one. */
  readonly from: number
  readonly to: number
  /** Orders per second; undefined: as fast as it goes. */
  readonly rate: number | undefined
  readonly signal: AbortSignal
}

/** Places orders until it is time to end, by several clients. */
async function place(shop: Shop, placed: Placed, { from, to, rate, signal }: Placing): Promise<void> {
  const progress = watchProgress(shop, placed, signal)
  const most = rate === undefined ? mostUnderWay : fewUnderWay
  const pace = createPace(rate, wallClock, from)
  let next = 0
  const client = async () => {
    while (wallClock() < to && !signal.aborted) {
      if (rate !== undefined && wallClock() >= from) await pace(next++)
      else while (placed.sentAt.size - progress.ended() >= most) await delay(5)
      const sentAt = wallClock()
      const id = await post(`${shop.url('orders')}/orders`, newOrder())
      placed.sentAt.set(id, sentAt)
      if (sentAt >= from) placed.answerMs.push(wallClock() - sentAt)
    }
  }
  try {
    await Promise.all(Array.from({ length: clients }, client))
  } finally {
    await progress.stop()
  }
}

/** Looks every 25 ms how many orders have ended: of those that were answered before, whoever is not under way. */
function watchProgress({ databases: { orders } }: Shop, { sentAt }: Placed, signal: AbortSignal) {
  const stopping = new AbortController()
  let ended = 0
  const watching = (async () => {
    while (!stopping.signal.aborted && !signal.aborted) {
      const placed = sentAt.size
      ended = Math.max(ended, placed - (await orders.pool.query(countUnderWay)).rows[0].under_way)
      await delay(25)
    }
  })()
  const stop = () => {
    stopping.abort()
    return watching
  }
  return { ended: () => ended, stop }
}

async function untilEnded({ databases }: Shop, count: number, signal: AbortSignal): Promise<void> {
  while ((await databases.orders.pool.query(countEnded)).rows[0].ended < count) {
    await delay(50, undefined, { signal })
  }
}

async function summarise(
  { databases: { orders } }: Shop,
  { sentAt, answerMs }: Placed,
  from: number,
  to: number,
): Promise<Values> {
  const { unconfirmed } = (await orders.pool.query(countUnconfirmed)).rows[0]
  if (unconfirmed > 0) throw new Error(`${unconfirmed} orders were not confirmed`)
  const { rows } = await orders.pool.query<{ order_id: string; at: number }>(readEnds)
  const ended = rows.filter(({ at }) => at >= from && at < to)
  const took = ended.map(({ order_id, at }) => at - (sentAt.get(order_id) ?? Number.NaN))
  return {
    ordersPerSecond: ended.length / seconds,
    ...latencies('order', took),
    ...latencies('answer', answerMs),
  }
}

const agent = new Agent({ keepAlive: true })

/** Returns the id of what was made. */
async function post(url: string, body: object): Promise<string> {
  const sent = request(url, { method: 'POST', agent, headers: { 'content-type': 'application/json' } })
  sent.end(JSON.stringify(body))
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  const answered = await text(answer)
  if (answer.statusCode !== 201) throw new Error(`${url} answers ${answer.statusCode}: ${answered}`)
  return (JSON.parse(answered) as { id: string }).id
}

function newOrder() {
  const first = Math.floor(Math.random() * products)
  const second = (first + 1 + Math.floor(Math.random() * (products - 1))) % products
  const item = (n: number) => ({
    product_id: n + 1,
    product_name: `Product ${n + 1}`,
    quantity: 1,
    unit_price: 9.99,
  })
  return {
    order_type: 'sell',
    customer_name: 'A customer',
    customer_email: 'customer@example.com',
    items: [item(first), item(second)],
  }
}

/** Milliseconds since 1970 with their fractions: of the same clock as Postgres'. */
function wallClock(): number {
  return performance.timeOrigin + performance.now()
}
