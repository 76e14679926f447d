import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { getPostgreSQLEventStore, postgreSQLEventStoreConsumer } from '@event-driven-io/emmett-postgresql'
import {
  append,
  eventStoreMigrations,
  type Projection,
  rebuildProjection,
  type StoredEvent,
  Subscriber,
  VersionWaiter,
} from '@relevo/event-store'
import { createLogger, createPool } from '@relevo/kit'
import type pg from 'pg'
import { cpuSeconds } from '../../scripts/cpuSeconds.ts'
import { holdTransaction } from '../holdTransaction.ts'
import { createPace } from '../load/pace.ts'
import type { Values } from '../measurement.ts'
import type { Run, Scenario, Variant } from '../scenario.ts'
import { latencies } from '../statistics.ts'
import type { BenchOutbox } from '../testBed.ts'
import { withOutbox } from '../withOutbox.ts'

const appendSeconds = 5
const connections = 10
/** How long the lag is measured, and the transaction beside it is open. */
const lagSeconds = 5
const heldSeconds = Number(process.env.RELEVO_BENCH_HELD_SECONDS ?? 300)
const lagRate = 100
const emmettPollMs = 10
const rebuilt = Number(process.env.RELEVO_BENCH_REBUILT_EVENTS ?? 1_000_000)
const logger = { debug() {}, info() {}, warn() {}, error() {} }
const quiet = createLogger('bench', 'error')
const data = { order: 17, name: 'a customer', items: [{ product: 1, quantity: 2, price: '15.06' }] }

const emmett = `emmett, ${connections} connections`

export const events: Scenario = {
  name: 'events',
  chapter: 'events',
  title: 'The event store, beside emmett',
  description: `Appends of one event to a stream of its own, for ${appendSeconds} s, with the version expected, by ${connections} connections;
emmett's Postgres store in turn with Relevo's, on the same Postgres; Relevo's by a pool of the kit, which prepares its statements, as services have it. Then the time from an append's commit to the commit of its
effect by a subscription, ${lagRate} appends/s for ${lagSeconds} s, alone and beside a transaction that is open and idle for all that time; emmett's
consumer looks every ${emmettPollMs} ms. Then a read model rebuilt
from ${rebuilt.toLocaleString('en-US')} events. Times in ms, memory in MB (of the process that measures).`,
  columns: [
    { key: 'appendsPerSecond', title: 'appends/s' },
    { key: 'ratio', title: 'of emmett', digits: 2 },
    { key: 'cpuMicros', title: 'CPU, µs/append' },
    { key: 'cpuRatio', title: 'of emmett', digits: 2 },
    { key: 'appendP50', title: 'append p50', digits: 2 },
    { key: 'appendP99', title: 'p99', digits: 2 },
    { key: 'lagP50', title: 'lag p50', digits: 2 },
    { key: 'lagP99', title: 'p99', digits: 2 },
    { key: 'rebuiltPerSecond', title: 'rebuilt events/s' },
    { key: 'memory', title: 'memory' },
  ],
  ratios: [
    { key: 'ratio', of: 'appendsPerSecond', reference },
    { key: 'cpuRatio', of: 'cpuMicros', reference },
  ],
  variants: [
    variant(`Relevo, ${connections} connections`, appendOwn),
    variant(emmett, appendEmmett),
    variant('Relevo, subscription', (run) => lagOwn(run, alone)),
    variant('emmett, subscription', (run) => lagEmmett(run, alone)),
    variant('Relevo, subscription beside an open transaction', (run) => lagOwn(run, beside(lagSeconds))),
    variant('emmett, subscription beside an open transaction', (run) => lagEmmett(run, beside(lagSeconds))),
    variant('Relevo, rebuild', rebuild, 600_000),
  ],
}

const heldBudgetMs = 60_000 + 2 * heldSeconds * 1_000

/** Once, however many runs are asked for: it takes its time. */
export const eventsHeld: Scenario = {
  name: 'eventsHeld',
  chapter: 'events',
  title: 'A subscription beside a transaction that stays open',
  description: `As above, with one transaction that is open and idle for ${heldSeconds} s. The lag of what is applied only when that has ended is in it.`,
  columns: [
    { key: 'lagP50', title: 'lag p50', digits: 2 },
    { key: 'lagP95', title: 'p95', digits: 2 },
    { key: 'lagP99', title: 'p99', digits: 2 },
    { key: 'lagMax', title: 'longest', digits: 2 },
  ],
  rounds: () => 1,
  variants: [
    variant('Relevo, subscription', (run) => lagOwn(run, beside(heldSeconds)), heldBudgetMs),
    variant('emmett, subscription', (run) => lagEmmett(run, beside(heldSeconds)), heldBudgetMs),
  ],
}

/** How long appends are measured, and whether a transaction is open beside them. */
interface Lasting {
  readonly seconds: number
  readonly isHeld: boolean
}

const alone: Lasting = { seconds: lagSeconds, isHeld: false }

function beside(seconds: number): Lasting {
  return { seconds, isHeld: true }
}

function reference(name: string): string | undefined {
  return name === emmett ? undefined : emmett
}

function variant(name: string, measure: Variant['measure'], budgetMs = 70_000): Variant {
  return { name, budgetMs, measure }
}

/** An outbox with an event store beside it. */
function withStore(
  run: Run,
  measure: (pool: pg.Pool, outbox: BenchOutbox) => Promise<Values>,
): Promise<Values> {
  return withOutbox(run.bed, async (outbox, cleanup) => {
    // One statement records what is rebuilt.
    const options = { statementTimeoutMs: 600_000, logger: quiet }
    const pool = createPool({ databaseUrl: outbox.url, name: 'bench', size: connections, ...options })
    cleanup(() => pool.end())
    await pool.query(await readFile(new URL('0001_event_store.sql', eventStoreMigrations.directory), 'utf8'))
    return measure(pool, outbox)
  })
}

function appendOwn(run: Run): Promise<Values> {
  return withStore(run, (pool) => load(run, (stream) => append(pool, stream, 0, [{ type: 'CREATED', data }])))
}

function appendEmmett(run: Run): Promise<Values> {
  return withOutbox(run.bed, async ({ url }, cleanup) => {
    const store = getPostgreSQLEventStore(url)
    cleanup(() => store.close())
    const options = { expectedStreamVersion: 'STREAM_DOES_NOT_EXIST' } as const
    return load(run, (stream) => store.appendToStream(stream, [{ type: 'CREATED', data }], options))
  })
}

/** Appends for a second to warm up, then measures. CPU is of this process and Postgres. */
async function load({ bed, signal }: Run, appendTo: (stream: string) => Promise<unknown>): Promise<Values> {
  const from = performance.now() + 1_000
  const to = from + appendSeconds * 1_000
  const times: number[] = []
  const work = async (writer: number) => {
    for (let n = 0; performance.now() < to && !signal.aborted; n++) {
      const begun = performance.now()
      await appendTo(`order-${writer}x${n}`)
      if (begun >= from) times.push(performance.now() - begun)
    }
  }
  const used = () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6 + cpuSeconds(bed.postgresPid)
  }
  const working = Promise.all(Array.from({ length: connections }, (_, writer) => work(writer)))
  await delay(from - performance.now(), undefined, { signal })
  const before = used()
  await working
  const cpuMicros = ((used() - before) * 1e6) / times.length
  return { appendsPerSecond: times.length / appendSeconds, cpuMicros, ...latencies('append', times) }
}

const readModel: Projection = {
  name: 'totals',
  table: 'public.total',
  inline: false,
  categories: ['order'],
  types: ['CREATED'],
  async apply(page: readonly StoredEvent[], tx, table) {
    const streams = page.map(({ stream }) => stream)
    await tx.query(`insert into ${table} (stream) select unnest($1::text[])`, [streams])
  },
}
const defineReadModel = `
create table public.total (stream text primary key);
select event_store.define_projection('totals', 'public.total')`

/** Appends at a pace; the time from the commit of each event until its effect is there. */
async function measureLag(
  { signal }: Run,
  outbox: BenchOutbox,
  { seconds, isHeld }: Lasting,
  append: (stream: string) => Promise<unknown>,
  untilApplied: (stream: string) => Promise<unknown>,
): Promise<Values> {
  const release = isHeld ? await holdTransaction(outbox, 'xid') : async () => {}
  const times: number[] = []
  const applied: Promise<unknown>[] = []
  const pace = createPace(lagRate, () => performance.now())
  for (let n = 0; n < seconds * lagRate && !signal.aborted; n++) {
    await pace(n)
    await append(`order-${n}`)
    const committed = performance.now()
    applied.push(untilApplied(`order-${n}`).then(() => times.push(performance.now() - committed)))
  }
  await release()
  await Promise.all(applied)
  return latencies('lag', times)
}

function lagOwn(run: Run, lasting: Lasting): Promise<Values> {
  return withStore(run, async (pool, outbox) => {
    await pool.query(defineReadModel)
    const apply: Projection['apply'] = readModel.apply
    const subscription = {
      ...readModel,
      apply: (page: readonly StoredEvent[], tx: Parameters<typeof apply>[1]) =>
        apply(page, tx, 'public.total'),
    }
    const subscriber = new Subscriber({ pool, subscription, logger })
    subscriber.start()
    const waitMs = lasting.seconds * 1_000 + 20_000
    const waiter = new VersionWaiter(pool, readModel.name, { pollMs: 1 })
    const appendTo = (stream: string) => append(pool, stream, 0, [{ type: 'CREATED', data }])
    try {
      return await measureLag(run, outbox, lasting, appendTo, (stream) => waiter.wait(stream, 1, waitMs))
    } finally {
      await subscriber.stop()
    }
  })
}

/** Its effect counts as there when its handler is called, before emmett has stored how far it is. */
function lagEmmett(run: Run, lasting: Lasting): Promise<Values> {
  return withOutbox(run.bed, async (outbox, cleanup) => {
    const store = getPostgreSQLEventStore(outbox.url)
    cleanup(() => store.close())
    const options = { expectedStreamVersion: 'STREAM_DOES_NOT_EXIST' } as const
    const appendTo = (stream: string) => store.appendToStream(stream, [{ type: 'CREATED', data }], options)
    await appendTo('first-1') // makes the tables
    const handled = new Map<string, PromiseWithResolvers<void>>()
    const consumer = postgreSQLEventStoreConsumer({
      connectionString: outbox.url,
      pulling: { pullingFrequencyInMs: emmettPollMs },
    })
    consumer.reactor({
      processorId: 'totals',
      eachMessage: (message) => handled.get(message.metadata.streamName)?.resolve(),
    })
    const consuming = consumer.start()
    cleanup(async () => {
      await consumer.close()
      await consuming
    })
    const appendNoted = (stream: string) => {
      handled.set(stream, Promise.withResolvers())
      return appendTo(stream)
    }
    return measureLag(run, outbox, lasting, appendNoted, async (stream) => handled.get(stream)?.promise)
  })
}

const fill = `
select count(*) from generate_series(1, $1::integer) n cross join lateral event_store.append(
  'order-' || n, 0, array[gen_random_uuid()], array['CREATED'], array[$2::text], array[null::text], null)`

function rebuild(run: Run): Promise<Values> {
  return withStore(run, async (pool) => {
    await pool.query(defineReadModel)
    await pool.query(fill, [rebuilt, JSON.stringify(data)])
    const begun = performance.now()
    const { outcome } = await rebuildProjection({ pool, projection: readModel, logger, signal: run.signal })
    if (outcome !== 'switched') throw new Error(`The rebuild ended as ${outcome}.`)
    const tookMs = performance.now() - begun
    return { rebuiltPerSecond: (rebuilt * 1_000) / tookMs, memory: process.memoryUsage().rss / 1e6 }
  })
}
