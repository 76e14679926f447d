import { type Held, holdTransaction } from './holdTransaction.ts'
import { fillByOne, fillOutbox } from './load/fillOutbox.ts'
import { measureDrain } from './measureDrain.ts'
import type { Values } from './measurement.ts'
import { relevo } from './peers/relevo.ts'
import { untilAcknowledged } from './progress.ts'
import { startRelay } from './relayProcess.ts'
import type { Run } from './scenario.ts'
import type { BenchOutbox } from './testBed.ts'
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
    return measureDrain(bed, relay, (count) => untilAcknowledged(outbox, count, signal), [1, events])
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
      measureDrain(bed, relay, (count) => untilAcknowledged(outbox, count, signal), [1, events]),
      fillByOne(outbox, events, smallBytes),
    ])
    return values
  })
}
