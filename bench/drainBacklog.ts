import type { BenchProcess } from './benchProcess.ts'
import { type Held, holdTransaction } from './holdTransaction.ts'
import { fillByOne, fillOutbox } from './load/fillOutbox.ts'
import type { Values } from './measurement.ts'
import { relevo } from './peers/relevo.ts'
import { cpuSeconds } from './processUsage.ts'
import { untilAcknowledged } from './progress.ts'
import { startRelay } from './relayProcess.ts'
import type { Run } from './scenario.ts'
import type { BenchOutbox, TestBed } from './testBed.ts'
import { withOutbox } from './withOutbox.ts'

const smallBytes = 300

export interface Backlog {
  events: number
  fill(outbox: BenchOutbox): Promise<void>
  /** Held from before the first event is recorded until the last is acknowledged. */
  held?: Held
}

/** A backlog of small events. */
export function smallEvents(events: number): Backlog {
  return { events, fill: (outbox) => fillOutbox(outbox, events, smallBytes) }
}

/** Lets one relay, started anew, publish a backlog; measured from its first acknowledgement to its last. */
export function drainBacklog({ bed, signal }: Run, { events, fill, held }: Backlog): Promise<Values> {
  return withOutbox(bed, async (outbox, cleanup) => {
    if (held) cleanup(await holdTransaction(outbox, held))
    await fill(outbox)
    const relay = await startRelay(bed, outbox)
    cleanup(relay.stop)
    return measure({ bed, outbox, relay, events, signal })
  })
}

/** Lets a relay that reads the write-ahead log publish small events that one transaction records while it runs. */
export function streamTransaction({ bed, signal }: Run, events: number): Promise<Values> {
  const contestant = relevo('wal')
  return withOutbox(bed, async (outbox, cleanup) => {
    const relay = await contestant.start(bed, outbox)
    cleanup(relay.stop)
    await contestant.untilReady(outbox, relay, signal)
    const [values] = await Promise.all([
      measure({ bed, outbox, relay, events, signal }),
      fillByOne(outbox, events, smallBytes),
    ])
    return values
  })
}

interface Draining {
  bed: TestBed
  outbox: BenchOutbox
  relay: BenchProcess
  events: number
  signal: AbortSignal
}

async function measure({ bed, outbox, relay, events, signal }: Draining): Promise<Values> {
  const used = () => [relay.cpuSeconds(), cpuSeconds(bed.postgresPid), cpuSeconds(bed.kafkaPid)]
  const first = await untilAcknowledged(outbox, 1, signal)
  const startedAt = performance.now()
  const before = used()
  await untilAcknowledged(outbox, events, signal)
  const seconds = (performance.now() - startedAt) / 1_000
  const [relayCpu = 0, postgresCpu = 0, kafkaCpu = 0] = used().map(
    (after, index) => ((after - (before[index] ?? 0)) * 100_000) / (events - first),
  )
  const eventsPerSecond = (events - first) / seconds
  return { eventsPerSecond, relayCpu, postgresCpu, kafkaCpu, peakMegabytes: relay.peakMegabytes() }
}
