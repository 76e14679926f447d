import { randomUUID } from 'node:crypto'
import { createProducer } from '@relevo/kafka'
import { migrateInventory } from '../addTables.ts'
import type { BenchProcess } from '../benchProcess.ts'
import { startConsumer } from '../consumer.ts'
import { measureDrain } from '../measureDrain.ts'
import type { Values } from '../measurement.ts'
import { pickProducts, reserveCommand } from '../reserveCommand.ts'
import type { Run, Scenario, Variant } from '../scenario.ts'
import { startServiceProcess } from '../serviceProcess.ts'
import { auditReservations, countReservations, fillProducts } from '../sql/reservations.ts'
import type { BenchOutbox, TestBed } from '../testBed.ts'
import { untilCounted } from '../untilCounted.ts'
import { withOutbox } from '../withOutbox.ts'

const partitions = 3 // as the shop's topics have
const supplied = 0.9
const warmShare = 1 / 3
const lookEveryMs = 20

interface Contestant {
  readonly name: string
  /** Commands that it takes in some seconds. */
  readonly orders: number
  start(bed: TestBed, outbox: BenchOutbox): Promise<BenchProcess>
}

const relevo: Contestant = {
  name: 'services/inventory',
  orders: 30_000,
  start: (bed, { url, topic }) =>
    startServiceProcess(bed, 'inventory', url, { KAFKA_TOPIC: topic, KAFKA_GROUP_ID: topic }),
}

const naive: Contestant = {
  name: 'select … for update',
  orders: 3_000,
  start: async (bed, outbox) => startConsumer(bed, outbox, { name: 'reservations' }),
}

export const reserve: Scenario = {
  name: 'reserve',
  chapter: 'shop',
  title: 'Reservations',
  description: `Commands to reserve wait on a topic of ${partitions} partitions: orders of one unit of the only product there is, or of one unit each
of two products in any order; there are units for ${supplied * 100} % of them. services/inventory as it is deployed, beside a consumer
of kafkajs with a transaction for each message, which locks the products with \`select … for update\`, in the order of
the lines, stores the same rows and a reply, and repeats after a deadlock. Measured from a third of the orders to all. CPU is in seconds per 100,000
orders. Oversold: units beyond the stock. Undersold: orders refused although their units are there. Deadlocks: as Postgres counts them.`,
  columns: [
    { key: 'eventsPerSecond', title: 'orders decided/s' },
    { key: 'ratio', title: 'of for update', digits: 2 },
    { key: 'ownCpu', title: 'CPU own', digits: 1 },
    { key: 'postgresCpu', title: 'CPU Postgres', digits: 1 },
    { key: 'oversold', title: 'oversold' },
    { key: 'undersold', title: 'undersold' },
    { key: 'deadlocks', title: 'deadlocks' },
  ],
  ratios: [{ key: 'ratio', of: 'eventsPerSecond', reference: naiveOf }],
  variants: [1, 8, 64].flatMap((products) => [relevo, naive].map((each) => variant(each, products))),
}

function nameOf({ name }: Contestant, products: number): string {
  return `${name}, ${products === 1 ? '1 product' : `${products} products`}`
}

function naiveOf(variant: string): string | undefined {
  return variant.startsWith(relevo.name) ? variant.replace(relevo.name, naive.name) : undefined
}

function variant(contestant: Contestant, products: number): Variant {
  return {
    name: nameOf(contestant, products),
    budgetMs: 120_000,
    measure: (run) => reserveAll(run, contestant, products),
  }
}

function reserveAll({ bed, signal }: Run, contestant: Contestant, products: number): Promise<Values> {
  const { orders } = contestant
  const lines = Math.min(2, products)
  const work = async (outbox: BenchOutbox, cleanup: (end: () => Promise<unknown>) => void) => {
    await migrateInventory(outbox)
    await outbox.pool.query(fillProducts, [products, Math.floor((supplied * orders * lines) / products)])
    await sendCommands(bed, outbox, orders, products)
    const process = await contestant.start(bed, outbox)
    cleanup(process.stop)
    const counting = { statement: countReservations, lookEveryMs, process, signal }
    const until = (count: number) => untilCounted(outbox, count, counting)
    const values = await measureDrain(bed, process, until, [orders * warmShare, orders])
    await process.stop() // and with it its counts are in pg_stat_database
    const { reserved, ...faults } = (await outbox.pool.query(auditReservations)).rows[0]
    if (reserved === 0 || reserved === orders)
      throw new Error(`${reserved} of ${orders} orders were given units`)
    return { ...values, ...faults }
  }
  return withOutbox(bed, work, partitions)
}

async function sendCommands(
  bed: TestBed,
  { topic }: BenchOutbox,
  orders: number,
  products: number,
): Promise<void> {
  const producer = createProducer({ brokers: bed.brokers, clientId: 'bench' })
  try {
    for (let sent = 0; sent < orders; sent += 1_000) {
      const count = Math.min(1_000, orders - sent)
      await producer.send(
        Array.from({ length: count }, () => reserveCommand(topic, randomUUID(), pickProducts(products))),
      )
    }
  } finally {
    await producer.close()
  }
}
