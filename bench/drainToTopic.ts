import { holdTransaction } from './holdTransaction.ts'
import { fillOutbox } from './load/fillOutbox.ts'
import type { ObserverReport } from './load/loadContract.ts'
import { measureDrain } from './measureDrain.ts'
import type { Values } from './measurement.ts'
import { startObserver } from './observer.ts'
import type { Contestant } from './peers/contestant.ts'
import type { Run } from './scenario.ts'
import { readTableBytes, readWalPosition } from './sql/peerTables.ts'
import { type BenchOutbox, type TestBed, topicPartitions } from './testBed.ts'
import { TopicProgress } from './topicProgress.ts'
import { withOutbox } from './withOutbox.ts'

const payloadBytes = 300

/** The share of a backlog after which measuring begins, so that compilers have seen the code. */
const warmShare = 1 / 3

/**
 * Lets a contestant carry a backlog to Kafka that was recorded while it did not run; measured by what the topic has.
 * @param held a transaction that has an xid is open from before the first event is recorded until all have arrived.
 * @throws Error when an event did not arrive.
 */
export function drainToTopic({ bed, signal }: Run, contestant: Contestant, held: boolean): Promise<Values> {
  return withOutbox(bed, async (outbox, cleanup) => {
    const events = contestant.backlog
    await contestant.prepare(bed, outbox, signal)
    if (held) cleanup(await holdTransaction(outbox, 'xid'))
    const walBefore = await readBytes(outbox, readWalPosition)
    await fillOutbox(outbox, events, payloadBytes, contestant.recording)
    await outbox.pool.query('analyze') // as a real backlog is by the time that somebody comes for it
    const progress = await TopicProgress.open(bed.brokers[0] ?? '', outbox.topic, topicPartitions)
    cleanup(() => progress.close())
    const process = await contestant.start(bed, outbox)
    cleanup(process.stop)
    const until = (count: number) => progress.until(count, process.check, signal)
    const values = await measureDrain(bed, process, until, [events * warmShare, events])
    await process.stop()
    const walBytes = ((await readBytes(outbox, readWalPosition)) - walBefore) / events
    const tableBytes = (await readBytes(outbox, readTableBytes, [contestant.table ?? null])) / events
    const twice = (await progress.records()) - (await countArrived(bed, outbox, contestant, signal))
    return { ...values, walBytes, tableBytes, twice }
  })
}

/** How many different events are on the topic. @throws Error when some are not. */
async function countArrived(
  bed: TestBed,
  outbox: BenchOutbox,
  { idHeader, backlog }: Contestant,
  signal: AbortSignal,
): Promise<number> {
  const observer = startObserver(bed, outbox, idHeader)
  try {
    observer.send({ expect: backlog })
    const { seen }: ObserverReport = await observer.receive(signal)
    if (seen < backlog) throw new Error(`${backlog - seen} of ${backlog} events did not arrive`)
    return seen
  } finally {
    await observer.end()
  }
}

async function readBytes({ pool }: BenchOutbox, text: string, values: unknown[] = []): Promise<number> {
  const { rows } = await pool.query(text, values)
  return Number(rows[0]?.bytes ?? 0)
}
