import { type Held, holdTransaction } from './holdTransaction.ts'
import { fillOutbox } from './load/fillOutbox.ts'
import type { Values } from './measurement.ts'
import { cpuSeconds } from './processUsage.ts'
import { untilAcknowledged } from './progress.ts'
import { startRelay } from './relayProcess.ts'
import type { Run } from './scenario.ts'
import type { BenchOutbox } from './testBed.ts'
import { withOutbox } from './withOutbox.ts'

export interface Backlog {
  events: number
  fill(outbox: BenchOutbox): Promise<void>
  /** Held from before the first event is recorded until the last is acknowledged. */
  held?: Held
}

/** A backlog of small events. */
export function smallEvents(events: number): Backlog {
  return { events, fill: (outbox) => fillOutbox(outbox, events, 300) }
}

/** Lets one relay, started anew, publish a backlog; measured from its first acknowledgement to its last. */
export function drainBacklog({ bed, signal }: Run, { events, fill, held }: Backlog): Promise<Values> {
  return withOutbox(bed, async (outbox, cleanup) => {
    if (held) cleanup(await holdTransaction(outbox, held))
    await fill(outbox)
    const relay = await startRelay(bed, outbox)
    cleanup(relay.stop)
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
  })
}
