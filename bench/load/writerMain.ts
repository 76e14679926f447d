// Writers of a load test: transactions over a number of connections. Tells its parent `begun` after the warm-up and
// the report at the end. The options are its argument, as JSON.
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { TopicProgress } from '../topicProgress.ts'
import { CursorWatch } from './cursorWatch.ts'
import { type Arrivals, machineNow, type WriterOptions, type WriterReport } from './loadContract.ts'
import { createPace } from './pace.ts'
import { transact } from './transact.ts'

const arrivalsEveryMs = 5
const options = JSON.parse(process.argv[2] ?? '{}') as WriterOptions
const committedAt: number[] = []
const transactionMs: number[] = []
let next = 0
let committed = 0
let over = false
let arrived = () => 0

process.on('disconnect', () => process.exit())

async function main(): Promise<void> {
  const clients = await Promise.all(Array.from({ length: options.connections + 1 }, connect))
  const [watchClient, ...writers] = clients as [pg.Client, ...pg.Client[]]
  const watch = new CursorWatch(watchClient)
  arrived = () => watch.acknowledged
  const stopCounting = options.arrivals ? await countArrivals(options.arrivals) : async () => {}
  if (options.arrivals === undefined && options.maxLag !== undefined) watch.start('count')
  else if (options.sampleEvery !== undefined) watch.start('samples')
  const pace = createPace(options.rate, machineNow)
  const working = Promise.all(writers.map((client) => write(client, watch, pace)))
  await Promise.race([delay(options.warmUpSeconds * 1_000), working])
  process.send?.('begun')
  const from = machineNow()
  await Promise.race([delay(options.seconds * 1_000), working])
  const to = machineNow()
  process.send?.('ended')
  over = true
  await working
  await untilSampled(watch)
  await watch.stop()
  await stopCounting()
  await Promise.all(clients.map((client) => client.end()))
  process.send?.({
    from,
    to,
    committedAt: Float64Array.from(committedAt),
    transactionMs: Float64Array.from(transactionMs),
    acknowledgedMs: Float64Array.from(watch.sampledMs),
  } satisfies WriterReport)
}

async function connect(): Promise<pg.Client> {
  // The option is in pg and not yet in its types.
  const pipelined = options.pipelined ? { pipeline: true } : {}
  const client = new pg.Client({ connectionString: options.url, ...pipelined })
  await client.connect()
  return client
}

async function write(
  client: pg.Client,
  watch: CursorWatch,
  pace: (n: number) => Promise<void>,
): Promise<void> {
  const { topic, recording, maxLag, sampleEvery } = options
  while (!over) {
    if (maxLag !== undefined && committed - arrived() > maxLag) {
      await delay(1)
      continue
    }
    const n = next++
    await pace(n)
    const startedAt = machineNow()
    const event = await transact(client, n, topic, recording)
    const now = machineNow()
    committed += 1
    committedAt[n] = now
    transactionMs[n] = now - startedAt
    if (event && sampleEvery !== undefined && n % sampleEvery === 0) watch.sample(n, event, now)
  }
}

/** Follows how many records the topic has. @returns what ends it. */
async function countArrivals({ broker, partitions }: Arrivals): Promise<() => Promise<void>> {
  const progress = await TopicProgress.open(broker, options.topic, partitions)
  const stopping = new AbortController()
  let records = 0
  arrived = () => records
  const counting = (async () => {
    while (!stopping.signal.aborted) {
      records = await progress.records()
      await delay(arrivalsEveryMs)
    }
  })()
  return async () => {
    stopping.abort()
    await counting
    await progress.close()
  }
}

async function untilSampled(watch: CursorWatch): Promise<void> {
  const deadline = performance.now() + 5_000
  while (watch.open > 0 && performance.now() < deadline) await delay(5)
}

await main()
