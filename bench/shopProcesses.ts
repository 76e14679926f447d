import type { BenchProcess } from './benchProcess.ts'
import { cpuSpent } from './processUsage.ts'
import { migrateService, type ServiceProcess, startServiceProcess, untilReady } from './serviceProcess.ts'
import type { BenchOutbox, TestBed } from './testBed.ts'
import { type Cleanup, withOutbox } from './withOutbox.ts'

const services = ['inventory', 'payments', 'orders'] as const
type Name = (typeof services)[number]

/** The services of the shop with a database each, and the relay of them all: as `npm start -- shop` has them. */
export interface Shop {
  readonly databases: Readonly<Record<Name, BenchOutbox>>
  readonly processes: Readonly<Record<Name, ServiceProcess>>
  readonly relay: BenchProcess
  url(service: Name): string
}

/** @param variables of every process. */
export function withShop<T>(
  bed: TestBed,
  signal: AbortSignal,
  work: (shop: Shop, cleanup: Cleanup) => Promise<T>,
  variables: Record<string, string> = {},
): Promise<T> {
  return withOutbox(bed, (inventory) =>
    withOutbox(bed, (payments) =>
      withOutbox(bed, async (orders, cleanup) => {
        const shop = await startShop(bed, { inventory, payments, orders }, cleanup, variables)
        await Promise.all(services.map((name) => untilReady(shop.url(name), shop.processes[name], signal)))
        return work(shop, cleanup)
      }),
    ),
  )
}

async function startShop(
  bed: TestBed,
  databases: Shop['databases'],
  cleanup: Cleanup,
  more: Record<string, string>,
): Promise<Shop> {
  await databases.orders.pool.query('drop table orders') // the business' of the other scenarios
  for (const name of services) await migrateService(bed, name, databases[name].url)
  const started = await Promise.all(
    services.map(async (name) => {
      const service = await startServiceProcess(bed, name, databases[name].url, more)
      cleanup(service.stop)
      return [name, service] as const
    }),
  )
  const outboxes = services.map((name) => [`${name.toUpperCase()}_DATABASE_URL`, databases[name].url])
  const variables = { ...more, OUTBOXES: services.join(','), ...Object.fromEntries(outboxes) }
  const relay = await startServiceProcess(bed, 'relay', undefined, variables)
  cleanup(relay.stop)
  const processes = Object.fromEntries(started) as unknown as Shop['processes']
  return { databases, processes, relay, url: (name) => `http://127.0.0.1:${processes[name].port}` }
}

/** CPU time in seconds that each part takes from now until the returned function is called. */
export function startShopCosts(bed: TestBed, { processes, relay }: Shop): () => Record<string, number> {
  return cpuSpent({
    ordersCpu: processes.orders.pid,
    inventoryCpu: processes.inventory.pid,
    paymentsCpu: processes.payments.pid,
    relayCpu: relay.pid,
    postgresCpu: bed.postgresPid,
    kafkaCpu: bed.kafkaPid,
  })
}
