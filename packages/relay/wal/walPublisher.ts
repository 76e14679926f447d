import { isVisible, type Snapshot } from '@relevo/cursor'
import type { Lane } from '../cursor/lane.ts'
import type { Lsn } from '../cursor/lsn.ts'
import type { PublishResult } from '../publish/publishEvents.ts'
import { RelayError } from '../relayError.ts'
import { StreamCursor, type StreamCursorPorts } from './streamCursor.ts'
import { StreamProbes } from './streamProbes.ts'
import { StreamProgress } from './streamProgress.ts'
import { StreamProof, visibleMs } from './streamProof.ts'
import { StreamWatch } from './streamWatch.ts'
import type { WalIntervals } from './walIntervals.ts'
import type { WalTransaction } from './walStream.ts'

export interface WalPublisherPorts extends StreamCursorPorts {
  /** Probes the outbox; undefined where no other probe came before. */
  probe: ConstructorParameters<typeof StreamProbes>[0]
}

const visibleAtEndMs = 1_000

/**
 * Publishes a lane's events as the stream delivers them. The cursor is stored after sending, so a crash
 * delivers the events of some 100 ms twice; the slot is advanced after the cursor. Nothing is stored before the
 * table has proven that the stream has shown every event up to there.
 *
 *   shown ──Kafka acknowledges──▶ published ──the table has as many──▶ proven ──▶ stored ──▶ slot moved on
 *                                     │
 *                                     └──the table has more──▶ left: the table is read from the last proven cursor
 */
export class WalPublisher {
  readonly lane: Lane
  readonly #ports: WalPublisherPorts
  readonly #every: WalIntervals
  /** Everything that it sees was published before the stream began. */
  readonly #before: Snapshot
  readonly #progress: StreamProgress
  readonly #proof: StreamProof
  readonly #cursor: StreamCursor
  readonly #probes: StreamProbes
  readonly #watch: StreamWatch
  /** Everything that committed before it is published. */
  #lsn: Lsn

  /** @param lane idle, with all shards of the outbox; from here on only this publisher knows its cursor. */
  constructor(lane: Lane, ports: WalPublisherPorts, intervals: WalIntervals) {
    this.lane = lane
    this.#ports = ports
    this.#every = intervals
    this.#before = lane.published.snapshot
    this.#lsn = ports.stream.lsn
    this.#progress = new StreamProgress(lane.published)
    this.#proof = new StreamProof(ports.writer, this.#progress.mark())
    this.#cursor = new StreamCursor(lane, ports, intervals, this.#progress, this.#proof)
    this.#probes = new StreamProbes(ports.probe, intervals, this.#progress, this.#proof, this.#lsn)
    this.#watch = new StreamWatch(ports.writer, intervals.watchMs)
  }

  /**
   * Waits for events and publishes at most `rows` of them. @returns why to leave the stream: it has ended, is
   * held back or omits events, or the broker is failing. @throws the error that ends the session.
   */
  async step(rows: number, signal: AbortSignal): Promise<Error | undefined> {
    const { stream } = this.#ports
    const ended = await stream.wait(this.#cursor.isBehind ? this.#every.storeMs : this.#every.waitMs, signal)
    this.#cursor.throwFailure()
    this.#probes.throwFailure()
    const { transactions, lsn, announced } = stream.take(rows)
    // Before its next event: events that a changed publication shows must not overtake those that it omits.
    const obstacle = announced ? await this.#watch.check() : undefined
    if (obstacle) return obstacle
    const trouble = await this.#publish(transactions)
    if (trouble) return trouble
    if (transactions.length > 0 || lsn !== this.#lsn) this.#probes.hear()
    this.#lsn = lsn
    this.#progress.reach(lsn)
    this.#probes.probeSoon(lsn, this.#cursor.isBehind)
    this.#cursor.storeSoon(lsn)
    return ended ?? this.#proof.distrust ?? this.#watch.latest()
  }

  /** Gives the lane its cursor, stores it, and ends the stream. */
  async end(): Promise<void> {
    await Promise.all([this.#cursor.settle(), this.#probes.settle()])
    await this.#cursor.storeWithin(visibleAtEndMs)
    Object.assign(this.lane, this.#proof.proven.cursor)
    this.lane.unstored = true
    this.close()
  }

  /** Ends the stream at once, as when the session is lost. */
  close(): void {
    this.#ports.stream.close()
  }

  async #publish(transactions: WalTransaction[]): Promise<Error | undefined> {
    const fresh = transactions.filter(({ xid }) => !isVisible(xid, this.#before))
    if (fresh.length === 0) return undefined
    const events = fresh.flatMap((transaction) => transaction.events)
    const result = await this.#ports.delivery.deliver(events, this.lane.shards.keys())
    if (result.trouble) this.#stall(fresh, result)
    else {
      for (const transaction of fresh) this.#progress.add(transaction)
      this.#cursor.advance(result.acknowledged)
      if (result.refused.length + result.behind.length > 0) await this.#setAside(result)
    }
    return result.trouble
  }

  /** The lane's next page from the table omits events that the broker has already acknowledged. */
  #stall(transactions: WalTransaction[], { acknowledged }: PublishResult): void {
    const left = new Set(acknowledged)
    for (const transaction of transactions) {
      if (!transaction.events.every((event) => left.has(event))) continue
      this.#progress.add(transaction)
      this.#cursor.advance(transaction.events)
      for (const event of transaction.events) left.delete(event)
    }
    const ids = new Set([...left].map((event) => event.id))
    this.lane.stall = { attempts: 0, retryAt: performance.now(), acknowledged: ids }
  }

  /**
   * Stores at once that events wait in the quarantine: they are copied there from the table. With synchronous
   * replication they can be in the stream before they are visible in the table.
   */
  async #setAside({ refused, behind }: PublishResult): Promise<void> {
    await this.#cursor.settle()
    if ((await this.#cursor.storeWithin(visibleMs, { refused, behind })) || this.#proof.distrust) return
    throw new RelayError('connectionLost', 'Events of the stream are not visible in the table.')
  }
}
