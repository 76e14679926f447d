import { cpuSeconds } from '../scripts/cpuSeconds.ts'
import type { BenchProcess } from './benchProcess.ts'
import { type Held, holdTransaction } from './holdTransaction.ts'
import type { Arrivals, ObserverReport, WriterOptions, WriterReport } from './load/loadContract.ts'
import { type LoadProcess, startLoad } from './load/loadProcess.ts'
import type { Values } from './measurement.ts'
import { startObserver } from './observer.ts'
import type { Contestant } from './peers/contestant.ts'
import { relevo } from './peers/relevo.ts'
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
  /** Default: 2. */
  warmUpSeconds?: number
  /** Who carries the events, counted by what the topic has; default: the relay, counted by its cursors. */
  contestant?: Contestant
}

export const writerConnections = 16
const defaultWarmUpSeconds = 2
const usual = relevo('table')
/** Few, so that looking for them costs little. */
const sampleEvery = 25

type WriterMessage = 'begun' | 'ended' | WriterReport

/**
 * Lets writers work against one relay, or what is in its place, and a consumer, each in a process of its own.
 * @throws Error when an event that was committed is not consumed, unless a contestant's are counted as `lost`.
 */
export function sustainLoad({ bed, signal }: Run, load: Load): Promise<Values> {
  const contestant = load.contestant ?? usual
  return withOutbox(bed, async (outbox, cleanup) => {
    await contestant.prepare(bed, outbox, signal)
    const observer = startObserver(bed, outbox, contestant.idHeader)
    cleanup(observer.end)
    const relay = await contestant.start(bed, outbox)
    cleanup(relay.stop)
    await contestant.untilReady(outbox, relay, signal)
    if (load.held) cleanup(await holdTransaction(outbox, load.held))
    const writer = startWriter(bed, outbox, load)
    cleanup(writer.end)
    await writer.receive(signal)
    const costs = startCosts({ bed, relay, writer, observer })
    await writer.receive(signal)
    const used = costs()
    const written = (await writer.receive(signal)) as WriterReport
    observer.send({ expect: count(written.committedAt) })
    const observed = await observer.receive(signal)
    relay.check()
    const lost = count(written.committedAt) - observed.seen
    if (lost > 0 && !load.contestant) throw new Error(`${lost} events that were committed were not consumed`)
    return { ...summarise(written, observed), ...used, lost, peakMegabytes: relay.peakMegabytes() }
  })
}

function startWriter(bed: TestBed, { url, topic }: BenchOutbox, load: Load): LoadProcess<WriterMessage> {
  const { contestant, warmUpSeconds = defaultWarmUpSeconds, seconds, rate, maxLag, pipelined } = load
  const options: WriterOptions = {
    url,
    topic,
    connections: writerConnections,
    recording: contestant?.recording ?? usual.recording,
    warmUpSeconds,
    seconds,
    ...(rate !== undefined && { rate }),
    ...(maxLag !== undefined && { maxLag }),
    ...(pipelined !== undefined && { pipelined }),
    ...(!contestant && { sampleEvery }),
    ...(contestant && maxLag !== undefined && { arrivals: arrivalsOf(bed) }),
  }
  return startLoad('writerMain', [JSON.stringify(options)])
}

function arrivalsOf({ brokers }: TestBed): Arrivals {
  return { broker: brokers[0] ?? '', partitions: topicPartitions }
}

interface Parts {
  bed: TestBed
  relay: BenchProcess
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

function summarise(written: WriterReport, { twice, observedAt }: ObserverReport): Values {
  const { from, to, committedAt, transactionMs, acknowledgedMs } = written
  const measured = [...committedAt.keys()].filter((n) => {
    const at = committedAt[n] as number
    return at >= from && at < to
  })
  const toKafka = measured
    .filter((n) => isTime(observedAt[n]))
    .map((n) => (observedAt[n] as number) - (committedAt[n] as number))
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
  return times.reduce((sum, time) => (isTime(time) ? sum + 1 : sum), 0)
}

function isTime(time: number | undefined): boolean {
  return time !== undefined && !Number.isNaN(time)
}
