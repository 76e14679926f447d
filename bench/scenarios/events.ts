import { readFile } from 'node:fs/promises'
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql'
import {
  append,
  eventStoreMigrations,
  type Projection,
  rebuildProjection,
  type StoredEvent,
  Subscriber,
  VersionWaiter,
} from '@relevo/event-store'
import pg from 'pg'
import { holdTransaction } from '../holdTransaction.ts'
import type { Values } from '../measurement.ts'
import type { Run, Scenario, Variant } from '../scenario.ts'
import { latencies } from '../statistics.ts'
import type { BenchOutbox } from '../testBed.ts'
import { withOutbox } from '../withOutbox.ts'

const seconds = 5
const connections = 10
const rebuilt = Number(process.env.RELEVO_BENCH_REBUILT_EVENTS ?? 1_000_000)
const logger = { debug() {}, info() {}, warn() {}, error() {} }
const data = { order: 17, name: 'a customer', items: [{ product: 1, quantity: 2, price: '15.06' }] }

const emmett = `emmett, ${connections} connections`

export const events: Scenario = {
  name: 'events',
  chapter: 'events',
  title: 'The event store, beside emmett',
  description: `Appends of one event to a stream of its own, for ${seconds} s, with the version expected, by ${connections} connections;
emmett's Postgres store in turn with Relevo's, on the same Postgres. Then the time from an append's commit to the commit of its
effect by a subscription, 100 appends/s, alone and beside a transaction that is open and idle. Then a read model rebuilt
from ${rebuilt.toLocaleString('en-US')} events. Times in ms, memory in MB (of the process that measures).`,
  columns: [
    { key: 'appendsPerSecond', title: 'appends/s' },
    { key: 'ratio', title: 'of emmett', digits: 2 },
    { key: 'appendP50', title: 'append p50', digits: 2 },
    { key: 'appendP99', title: 'p99', digits: 2 },
    { key: 'lagP50', title: 'lag p50', digits: 2 },
    { key: 'lagP99', title: 'p99', digits: 2 },
    { key: 'rebuiltPerSecond', title: 'rebuilt events/s' },
    { key: 'memory', title: 'memory' },
  ],
  ratios: [
    { key: 'ratio', of: 'appendsPerSecond', reference: (name) => (name === emmett ? undefined : emmett) },
  ],
  variants: [
    variant(`Relevo, ${connections} connections`, appendOwn),
    variant(emmett, appendEmmett),
    variant('Relevo, subscription', (run) => lag(run, false)),
    variant('Relevo, subscription beside an open transaction', (run) => lag(run, true)),
    variant('Relevo, rebuild', rebuild, 600_000),
  ],
}

function variant(name: string, measure: Variant['measure'], budgetMs = 60_000): Variant {
  return { name, budgetMs, measure }
}

/** An outbox with an event store beside it. */
function withStore(
  run: Run,
  measure: (pool: pg.Pool, outbox: BenchOutbox) => Promise<Values>,
): Promise<Values> {
  return withOutbox(run.bed, async (outbox, cleanup) => {
    const pool = new pg.Pool({ connectionString: outbox.url, max: connections })
    cleanup(() => pool.end())
    await pool.query(await readFile(new URL('0001_event_store.sql', eventStoreMigrations.directory), 'utf8'))
    return measure(pool, outbox)
  })
}

function appendOwn(run: Run): Promise<Values> {
  return withStore(run, (pool) =>
    load((stream) => append(pool, stream, 0, [{ type: 'CREATED', data }]), run.signal),
  )
}

function appendEmmett({ bed, signal }: Run): Promise<Values> {
  return withOutbox(bed, async ({ url }, cleanup) => {
    const store = getPostgreSQLEventStore(url)
    cleanup(() => store.close())
    const options = { expectedStreamVersion: 'STREAM_DOES_NOT_EXIST' } as const
    return load((stream) => store.appendToStream(stream, [{ type: 'CREATED', data }], options), signal)
  })
}

/** Appends for a second to warm up, then measures. */
async function load(appendTo: (stream: string) => Promise<unknown>, signal: AbortSignal): Promise<Values> {
  const from = performance.now() + 1_000
  const to = from + seconds * 1_000
  const times: number[] = []
  const work = async (writer: number) => {
    for (let n = 0; performance.now() < to && !signal.aborted; n++) {
      const begun = performance.now()
      await appendTo(`order-${writer}x${n}`)
      if (begun >= from) times.push(performance.now() - begun)
    }
  }
  await Promise.all(Array.from({ length: connections }, (_, writer) => work(writer)))
  return { appendsPerSecond: times.length / seconds, ...latencies('append', times) }
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

function lag(run: Run, isHeld: boolean): Promise<Values> {
  return withStore(run, async (pool, outbox) => {
    await pool.query(defineReadModel)
    const release = isHeld ? await holdTransaction(outbox, 'xid') : async () => {}
    const apply: Projection['apply'] = readModel.apply
    const subscription = {
      ...readModel,
      apply: (page: readonly StoredEvent[], tx: Parameters<typeof apply>[1]) =>
        apply(page, tx, 'public.total'),
    }
    const subscriber = new Subscriber({ pool, subscription, logger })
    subscriber.start()
    const waiter = new VersionWaiter(pool, readModel.name, { pollMs: 1 })
    const times: number[] = []
    try {
      for (let n = 0; n < seconds * 100 && !run.signal.aborted; n++) {
        await append(pool, `order-${n}`, 0, [{ type: 'CREATED', data }])
        const committed = performance.now()
        await waiter.wait(`order-${n}`, 1, 10_000)
        times.push(performance.now() - committed)
      }
    } finally {
      await subscriber.stop()
      await release()
    }
    return latencies('lag', times)
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
