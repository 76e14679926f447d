import { migrateInbox } from '../addTables.ts'
import { countFaults, startConsumer, untilEffects } from '../consumer.ts'
import type { ConsumerKind } from '../load/consume/consumeContract.ts'
import { measureDrain } from '../measureDrain.ts'
import type { Values } from '../measurement.ts'
import { prepareTransactional } from '../peers/transactionalOutbox.ts'
import type { Run, Scenario, Variant } from '../scenario.ts'
import { sendEvents } from '../sendEvents.ts'
import { effectTable, readDelays } from '../sql/effects.ts'
import { latencies } from '../statistics.ts'
import type { BenchOutbox } from '../testBed.ts'
import { withOutbox } from '../withOutbox.ts'

const commonRate = 500
const seconds = 3
const share = 0.7
const warmShare = 1 / 3
const endShare = 0.99 // one loses some
const naive = 'kafkajs, an insert a message'
const peer = 'pg-transactional-outbox, replication'

interface Contestant {
  readonly name: string
  readonly kind: ConsumerKind
  /** That it consumes in some seconds. */
  readonly backlog: number
}

const contestants: readonly Contestant[] = [
  { name: 'Relevo, batched', kind: { name: 'relevo', handlers: 'batched' }, backlog: 150_000 },
  { name: 'Relevo, single', kind: { name: 'relevo', handlers: 'single' }, backlog: 60_000 },
  { name: naive, kind: { name: 'kafkajs', partitionsAtOnce: 3 }, backlog: 12_000 },
  {
    name: `${naive}, 12 partitions at once`,
    kind: { name: 'kafkajs', partitionsAtOnce: 12 },
    backlog: 12_000,
  },
  { name: peer, kind: { name: 'pg-transactional-outbox', listener: 'replication' }, backlog: 6_000 },
]

export const inbox: Scenario = {
  name: 'inbox',
  chapter: 'inbox',
  title: 'Consuming, with an effect each',
  description: `Events of 300 bytes with 7 headers wait on a topic of 12 partitions; each is to become one row. Measured from a third of
the rows to ${endShare * 100} % of them. CPU is in seconds per 100,000 events. Then ${commonRate} events/s, and ${share * 100} % of what the contestant just did, for ${seconds} s:
the time in ms from the sending of an event to the commit of its row, as Postgres noted it (\`track_commit_timestamp\`).
Lost: events that have no row, 2 s after the last one that came; twice: rows too many.`,
  columns: [
    { key: 'eventsPerSecond', title: 'effects/s' },
    { key: 'ofNaive', title: 'of the insert', digits: 2 },
    { key: 'ofPeer', title: 'of pg-t-o', digits: 2 },
    { key: 'ownCpu', title: 'CPU own', digits: 2 },
    { key: 'postgresCpu', title: 'CPU Postgres', digits: 2 },
    { key: 'kafkaCpu', title: 'CPU Kafka', digits: 2 },
    { key: 'peakMegabytes', title: 'peak RSS, MB' },
    { key: 'commonP50', title: `${commonRate}/s: p50`, digits: 1 },
    { key: 'commonP99', title: 'p99', digits: 1 },
    { key: 'ownP50', title: `${share * 100} %: p50`, digits: 1 },
    { key: 'ownP99', title: 'p99', digits: 1 },
    { key: 'lost', title: 'lost' },
    { key: 'twice', title: 'twice' },
  ],
  ratios: [ratio('ofNaive', naive), ratio('ofPeer', peer)],
  variants: contestants.map((contestant): Variant => {
    return { name: contestant.name, budgetMs: 120_000, measure: (run) => consume(run, contestant) }
  }),
}

function ratio(key: string, reference: string) {
  const other = (name: string) => (name === reference ? undefined : reference)
  return { key, of: 'eventsPerSecond', reference: other }
}

function consume(run: Run, { kind, backlog }: Contestant): Promise<Values> {
  return withOutbox(run.bed, async (outbox, cleanup) => {
    await prepare(outbox, kind)
    await sendEvents(run.bed, outbox, backlog, run)
    const process = startConsumer(run.bed, outbox, kind)
    cleanup(process.stop)
    const until = (count: number) => untilEffects(outbox, count, process, run.signal)
    const values = await measureDrain(run.bed, process, until, [backlog * warmShare, backlog * endShare])
    await countFaults(outbox, backlog, run.signal)
    const ownRate = share * (values.eventsPerSecond ?? 0)
    const common = await measureDelays(run, outbox, commonRate, backlog)
    const own = await measureDelays(run, outbox, ownRate, backlog + common.sent)
    const faults = { lost: own.lost, twice: own.twice }
    return { ...values, ...faults, ...latencies('common', common.delays), ...latencies('own', own.delays) }
  })
}

async function prepare(outbox: BenchOutbox, kind: ConsumerKind): Promise<void> {
  await outbox.pool.query(effectTable)
  if (kind.name === 'relevo') await migrateInbox(outbox)
  if (kind.name === 'pg-transactional-outbox') await prepareTransactional(outbox, kind.listener, 'inbox')
}

/** Sends events at a rate behind those sent `before`; returns how long each took. */
async function measureDelays({ bed, signal }: Run, outbox: BenchOutbox, rate: number, before: number) {
  const sent = Math.round(rate * seconds)
  const from = new Date()
  await sendEvents(bed, outbox, sent, { rate, signal })
  const faults = await countFaults(outbox, before + sent, signal)
  const { rows } = await outbox.pool.query<{ ms: number }>(readDelays, [from])
  return { ...faults, sent, delays: rows.map(({ ms }) => ms) }
}
