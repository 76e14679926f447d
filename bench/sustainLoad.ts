import { type Held, holdTransaction } from './holdTransaction.ts'
import type { ObserverReport, WriterOptions, WriterReport } from './load/loadContract.ts'
import { type LoadProcess, startLoad } from './load/loadProcess.ts'
import type { Values } from './measurement.ts'
import { cpuSeconds } from './processUsage.ts'
import { untilRelayWorks } from './progress.ts'
import { type RelayProcess, startRelay } from './relayProcess.ts'
import type { Run } from './scenario.ts'
import { latencies } from './statistics.ts'
import { type BenchOutbox, type TestBed, topicPartitions } from './testBed.ts'
import { withOutbox } from './withOutbox.ts'

export interface Load {
  seconds: number
  /** Transactions per second; without it, as many as go while at most `maxLag` events are on their way. */
  rate?: number
  maxLag?: number
  /** The writers send the statements of a transaction at once. */
  pipelined?: boolean
  /** Held from before the first transaction to after the last. */
  held?: Held
}

export const writerConnections = 16
const warmUpSeconds = 2
/** Few, so that looking for them costs little. */
const sampleEvery = 25

type WriterMessage = 'begun' | 'ended' | WriterReport

/**
 * Lets writers work against one relay and a consumer, each in a process of its own.
 * @throws Error when an event that was committed is not consumed.
 */
export function sustainLoad({ bed, signal }: Run, load: Load): Promise<Values> {
  return withOutbox(bed, async (outbox, cleanup) => {
    const observer = startObserver(bed, outbox)
    cleanup(observer.end)
    const relay = await startRelay(bed, outbox)
    cleanup(relay.stop)
    await untilRelayWorks(outbox, signal)
    if (load.held) cleanup(await holdTransaction(outbox, load.held))
    const writer = startWriter(outbox, { ...load, warmUpSeconds, sampleEvery, recording: 'outbox' })
    cleanup(writer.end)
    await writer.receive(signal)
    const costs = startCosts({ bed, relay, writer, observer })
    await writer.receive(signal)
    const used = costs()
    const written = (await writer.receive(signal)) as WriterReport
    observer.send({ expect: count(written.committedAt) })
    const observed = await observer.receive(signal)
    return { ...summarise(written, observed), ...used }
  })
}

function startObserver(bed: TestBed, outbox: BenchOutbox): LoadProcess<ObserverReport> {
  return startLoad('observerMain', [...bed.brokers, outbox.topic, String(topicPartitions)])
}

function startWriter(
  outbox: BenchOutbox,
  options: Omit<WriterOptions, 'url' | 'topic' | 'connections'>,
): LoadProcess<WriterMessage> {
  const all: WriterOptions = {
    url: outbox.url,
    topic: outbox.topic,
    connections: writerConnections,
    ...options,
  }
  return startLoad('writerMain', [JSON.stringify(all)])
}

interface Parts {
  bed: TestBed
  relay: RelayProcess
  writer: LoadProcess<WriterMessage>
  observer: LoadProcess<ObserverReport>
}

/** Share of one core that each process takes from now until the returned function is called, in percent. */
function startCosts({ bed, relay, writer, observer }: Parts): () => Values {
  const used = () => [relay.pid, bed.postgresPid, bed.kafkaPid, writer.pid, observer.pid].map(cpuSeconds)
  const startedAt = performance.now()
  const before = used()
  return () => {
    const seconds = (performance.now() - startedAt) / 1_000
    const [relayCpu = 0, postgresCpu = 0, kafkaCpu = 0, writerCpu = 0, observerCpu = 0] = used().map(
      (after, index) => ((after - (before[index] ?? 0)) * 100) / seconds,
    )
    return { relayCpu, postgresCpu, kafkaCpu, loadCpu: writerCpu + observerCpu }
  }
}

function summarise(written: WriterReport, { seen, twice, observedAt }: ObserverReport): Values {
  const { from, to, committedAt, transactionMs, acknowledgedMs } = written
  const committed = count(committedAt)
  if (seen < committed) throw new Error(`${committed - seen} of ${committed} events were not consumed`)
  const measured = [...committedAt.keys()].filter((n) => {
    const at = committedAt[n] as number
    return at >= from && at < to
  })
  const toKafka = measured.map((n) => (observedAt[n] as number) - (committedAt[n] as number))
  return {
    transactionsPerSecond: (measured.length * 1_000) / (to - from),
    twice,
    ...latencies('kafka', toKafka),
    ...latencies('cursor', Array.from(acknowledgedMs)),
    ...latencies(
      'transaction',
      measured.map((n) => transactionMs[n] as number),
    ),
  }
}

function count(times: Float64Array): number {
  return times.reduce((sum, time) => (Number.isNaN(time) ? sum : sum + 1), 0)
}
