import { cpuSeconds } from '../../scripts/cpuSeconds.ts'
import type { PeerRecording, Recording, WriterReport } from '../load/loadContract.ts'
import { startLoad } from '../load/loadProcess.ts'
import type { Values } from '../measurement.ts'
import type { Run, Scenario, Variant } from '../scenario.ts'
import { latencies } from '../statistics.ts'
import { withOutbox } from '../withOutbox.ts'

const seconds = 3
const bare = 'insert alone'
type Own = Exclude<Recording, PeerRecording>

const names: Record<Own, string> = {
  nothing: bare,
  'plain table': '+ insert into a plain table',
  outbox: '+ enqueue',
}

export const enqueueCost: Scenario = {
  name: 'enqueue',
  title: 'The cost of enqueueing',
  description: `Transactions of a writer without a relay: begin, insert an order, commit; then with an insert into a
plain outbox table (identity key, partial index, no order, no partitions) in between; then with an enqueue instead.
Each for ${seconds} s. Postgres' CPU is in ms per transaction, latency of the whole transaction in ms.`,
  columns: [
    { key: 'transactionsPerSecond', title: 'transactions/s' },
    { key: 'ratio', title: 'of the insert alone', digits: 2 },
    { key: 'toPlain', title: 'of the plain table', digits: 2 },
    { key: 'transactionP50', title: 'p50', digits: 2 },
    { key: 'transactionP99', title: 'p99', digits: 2 },
    { key: 'postgresCpu', title: 'CPU Postgres', digits: 2 },
  ],
  ratios: [
    { key: 'ratio', of: 'transactionsPerSecond', reference: (name) => like(name, 'nothing') },
    { key: 'toPlain', of: 'transactionsPerSecond', reference: (name) => like(name, 'plain table') },
  ],
  variants: [1, 16].flatMap((connections) => [
    variant(connections, 'nothing'),
    variant(connections, 'plain table'),
    variant(connections, 'outbox'),
  ]),
}

/** The variant with the same connections that records so; undefined when it is the same. */
function like(name: string, recording: Own): string | undefined {
  const other = variantName(Number.parseInt(name, 10), recording)
  return name === other ? undefined : other
}

function variantName(connections: number, recording: Own): string {
  return `${connections} connection${connections === 1 ? '' : 's'}, ${names[recording]}`
}

function variant(connections: number, recording: Own): Variant {
  return {
    name: variantName(connections, recording),
    budgetMs: 30_000,
    measure: (run) => write(run, connections, recording),
  }
}

function write({ bed, signal }: Run, connections: number, recording: Own): Promise<Values> {
  return withOutbox(bed, async ({ url, topic }, cleanup) => {
    const options = { url, topic, connections, recording, warmUpSeconds: 1, seconds }
    const writer = startLoad<'begun' | 'ended' | WriterReport>('writerMain', [JSON.stringify(options)])
    cleanup(writer.end)
    await writer.receive(signal)
    const before = cpuSeconds(bed.postgresPid)
    await writer.receive(signal)
    const used = cpuSeconds(bed.postgresPid) - before
    const { from, to, committedAt, transactionMs } = (await writer.receive(signal)) as WriterReport
    const measured = transactionMs.filter((_, n) => isWithin(committedAt[n], from, to))
    return {
      transactionsPerSecond: (measured.length * 1_000) / (to - from),
      postgresCpu: (used * 1_000) / measured.length,
      ...latencies('transaction', Array.from(measured)),
    }
  })
}

function isWithin(at: number | undefined, from: number, to: number): boolean {
  return at !== undefined && at >= from && at < to
}
