import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createTestIssuer } from '@relevo/kit/test-issuer'
import type { TimedRequest } from '../load/requestContract.ts'
import type { Values } from '../measurement.ts'
import { cpuShares } from '../processUsage.ts'
import type { Run, Scenario } from '../scenario.ts'
import { sendTimed } from '../sendTimed.ts'
import { migrateService, type ServiceProcess, startServiceProcess, untilReady } from '../serviceProcess.ts'
import { latencies } from '../statistics.ts'
import type { BenchOutbox, TestBed } from '../testBed.ts'
import { type Cleanup, withOutbox } from '../withOutbox.ts'

const warmUpSeconds = 8
const seconds = 20
const rates = [300, 500]
const unlimited = '1000000000'

export const gateway: Scenario = {
  name: 'gateway',
  chapter: 'users',
  title: 'What the gateway adds',
  description: `The same requests, in turns of a second: to the services themselves, and through services/gateway. Half of them read a product, which is
public; half read the orders of a customer, whose access token gateway and service verify. AUTH is on, each request has its line in the access log, the
limits are counted and never reached. Sent at the rate whatever the answers take, ${seconds} s after ${warmUpSeconds} s to warm up. Latency in ms from when the request was
due to the end of its answer; "adds": the difference of the percentiles. CPU in percent of one core, over both turns. An answer that is not 200 fails the run.`,
  columns: [
    { key: 'directP50', title: 'direct p50', digits: 2 },
    { key: 'directP95', title: 'p95', digits: 2 },
    { key: 'directP99', title: 'p99', digits: 2 },
    { key: 'gatewayP50', title: 'gateway p50', digits: 2 },
    { key: 'gatewayP95', title: 'p95', digits: 2 },
    { key: 'gatewayP99', title: 'p99', digits: 2 },
    { key: 'addedP50', title: 'adds p50', digits: 2 },
    { key: 'addedP95', title: 'p95', digits: 2 },
    { key: 'addedP99', title: 'p99', digits: 2 },
    { key: 'gatewayCpu', title: 'CPU gateway' },
    { key: 'ordersCpu', title: 'orders' },
    { key: 'inventoryCpu', title: 'inventory' },
    { key: 'postgresCpu', title: 'Postgres' },
  ],
  variants: rates.map((rate) => ({
    name: `${rate} requests/s`,
    budgetMs: 120_000,
    measure: (run) => compare(run, rate),
  })),
}

interface Edge {
  readonly processes: Readonly<Record<'gateway' | 'orders' | 'inventory', ServiceProcess>>
  /** An access token of a customer. */
  readonly token: string
}

function compare({ bed, signal }: Run, rate: number): Promise<Values> {
  return withOutbox(bed, (inventory) =>
    withOutbox(bed, async (orders, cleanup) => {
      const edge = await startEdge(bed, { inventory, orders }, { cleanup, signal })
      await makeProduct(urlOf(edge.processes.inventory))
      const { gateway, orders: ordersProcess, inventory: inventoryProcess } = edge.processes
      const usage = cpuShares({
        gatewayCpu: gateway.pid,
        ordersCpu: ordersProcess.pid,
        inventoryCpu: inventoryProcess.pid,
        postgresCpu: bed.postgresPid,
      })
      const options = { rate, warmUpSeconds, seconds, turns: turnsOf(edge) }
      let used: Values = {}
      const [direct = [], through = []] = await sendTimed(options, signal, () => {
        const stop = usage()
        return () => {
          used = stop()
        }
      })
      return { ...compareLatencies([...direct], [...through]), ...used }
    }),
  )
}

/** Percentiles of both, and their differences. */
export function compareLatencies(direct: readonly number[], through: readonly number[]): Values {
  const values = { ...latencies('direct', direct), ...latencies('gateway', through) }
  const added = ['P50', 'P95', 'P99'].map((name) => {
    return [
      `added${name}`,
      (values[`gateway${name}`] ?? Number.NaN) - (values[`direct${name}`] ?? Number.NaN),
    ]
  })
  return { ...values, ...Object.fromEntries(added) }
}

/** First the services themselves, then the gateway. */
function turnsOf({ processes, token }: Edge): TimedRequest[][] {
  const headers = { authorization: `Bearer ${token}` }
  const { gateway, orders, inventory } = processes
  const both = (inventoryUrl: string, ordersUrl: string) => [
    { url: `${inventoryUrl}/products/1` },
    { url: `${ordersUrl}/orders?limit=20`, headers },
  ]
  return [
    both(urlOf(inventory), urlOf(orders)),
    both(`${urlOf(gateway)}/api/inventory`, `${urlOf(gateway)}/api/orders`),
  ]
}

async function startEdge(
  bed: TestBed,
  databases: Readonly<Record<'inventory' | 'orders', BenchOutbox>>,
  { cleanup, signal }: { cleanup: Cleanup; signal: AbortSignal },
): Promise<Edge> {
  await databases.orders.pool.query('drop table orders') // the business' of the other scenarios
  const issuer = createTestIssuer()
  const identity = { AUTH: 'on', AUTH_JWKS_URL: await publishKeys(issuer.jwks, cleanup) }
  const start = async (name: string, databaseUrl: string | undefined, variables: Record<string, string>) => {
    if (databaseUrl !== undefined) await migrateService(bed, name, databaseUrl)
    const service = await startServiceProcess(bed, name, databaseUrl, variables)
    cleanup(service.stop)
    await untilReady(urlOf(service), service, signal)
    return service
  }
  const inventory = await start('inventory', databases.inventory.url, {})
  const orders = await start('orders', databases.orders.url, identity)
  const gateway = await start('gateway', undefined, {
    ...identity,
    GATEWAY_SERVICES: `inventory=${urlOf(inventory)},orders=${urlOf(orders)}`,
    RATE_LIMIT_PER_ADDRESS: unlimited,
    RATE_LIMIT_PER_USER: unlimited,
    IN_FLIGHT_PER_ADDRESS: '1000',
    LOG_LEVEL: 'info', // for its access log
  })
  return { processes: { gateway, orders, inventory }, token: issuer.token() }
}

async function publishKeys(keys: object, cleanup: Cleanup): Promise<string> {
  const server = createServer((_request, response) => void response.end(JSON.stringify(keys)))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  cleanup(async () => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

async function makeProduct(inventoryUrl: string): Promise<void> {
  const body = JSON.stringify({ name: 'A product', price: 9.99, stock_quantity: 1, min_stock_level: 0 })
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${inventoryUrl}/products`, { method: 'POST', headers, body })
  if (answer.status !== 201) throw new Error(`inventory answers ${answer.status}: ${await answer.text()}`)
  await answer.text()
}

function urlOf({ port }: ServiceProcess): string {
  return `http://127.0.0.1:${port}`
}
