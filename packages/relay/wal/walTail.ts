import { setTimeout as delay } from 'node:timers/promises'
import type { Lane } from '../cursor/lane.ts'
import { countByShard, type ShardCounts } from '../cursor/laneStore.ts'
import { formatLsn, type Lsn } from '../cursor/lsn.ts'
import { isVisible, type Snapshot } from '../cursor/snapshot.ts'
import { isDue, type Probe, positionOf } from '../cursor/window.ts'
import type { PublishResult } from '../publish/publishEvents.ts'
import type { Pump } from '../publish/pump.ts'
import { RelayError } from '../relayError.ts'
import { storeStreamed } from '../sql/slots.ts'
import { query, type SqlClient } from '../sqlClient.ts'
import { StreamProgress } from './streamProgress.ts'
import { differsFromTable, StreamProof } from './streamProof.ts'
import { StreamWatch } from './streamWatch.ts'
import type { WalIntervals } from './walIntervals.ts'
import type { WalStream, WalTransaction } from './walStream.ts'

export interface WalTailPorts {
  stream: WalStream
  pump: Pump
  writer: SqlClient
  /** Looks at the outbox. */
  probe: () => Promise<Probe | undefined>
  /** The cursors of shards without events are stored so often. */
  storeAllMs: number
}

type SetAside = Pick<PublishResult, 'refused' | 'behind'>

const nothingAside: SetAside = { refused: [], behind: [] }
/** WAL of others that may pass before the slot is moved on: each move writes some itself. */
const idleBytes = 262_144n
/** How long the table may take to show what the stream has shown. */
const visibleMs = 30_000
const visibleAtEndMs = 1_000
const visiblePauseMs = 50
/** Of the database's time for this relay, a tenth at most goes into proofs. */
const proofShare = 10

/**
 * Publishes a lane's events as they come in the stream. The cursor is stored behind the sending, so that a crash
 * delivers the events of some 100 ms twice; the slot is moved on behind the cursor. Nothing is stored before the
 * table has proven that the stream has shown every event up to there.
 *
 *   shown ──Kafka acknowledges──▶ published ──the table has as many──▶ proven ──▶ stored ──▶ slot moved on
 *                                     │
 *                                     └──the table has more──▶ left: the table is read from what was proven last
 */
export class WalTail {
  readonly lane: Lane
  readonly #ports: WalTailPorts
  readonly #every: WalIntervals
  /** What it sees was published before the stream began. */
  readonly #before: Snapshot
  readonly #progress: StreamProgress
  readonly #proof: StreamProof
  readonly #watch: StreamWatch
  /** Acknowledged on the way from the stored place. */
  #counts: ShardCounts = new Map()
  /** Everything that committed before it is published. */
  #position: Lsn
  #confirmed: Lsn
  #bookmarked: Lsn
  /** Does memory stand further than the stored place? */
  #moved: boolean
  /** When each was done last, by performance.now(). */
  readonly #at = { stored: 0, storedAll: Number.NEGATIVE_INFINITY, confirmed: 0, bookmarked: 0, heard: 0 }
  /** Before it no proof is due. */
  #proveFrom = 0
  /** Since when the table does not show all that the stream has shown. */
  #earlySince: number | undefined
  #storing: Promise<void> | undefined
  #looking: Promise<void> | undefined
  /** Why the stream is not to be trusted. */
  #distrust: RelayError | undefined
  #failure: unknown

  /** @param lane idle, with all shards of the outbox; from here on its place is known to this tail alone. */
  constructor(lane: Lane, ports: WalTailPorts, intervals: WalIntervals) {
    this.lane = lane
    // What the table left to be stored is stored by this tail, with its own place: the lane's is soon an old one.
    this.#moved = lane.unstored
    lane.unstored = false
    this.#ports = ports
    this.#every = intervals
    this.#before = lane.published.snapshot
    this.#progress = new StreamProgress(lane.published)
    this.#proof = new StreamProof(ports.writer, this.#progress.mark())
    this.#watch = new StreamWatch(ports.writer, intervals.watchMs)
    this.#position = ports.stream.position
    this.#confirmed = ports.stream.position
    this.#bookmarked = ports.stream.position
    this.#at.heard = performance.now()
  }

  /**
   * Waits for events and publishes what has come, at most `rows`. @returns why the stream had better be left: it has
   * ended, is held back or leaves events out, or the broker is in trouble. @throws whatever ends the session.
   */
  async step(rows: number, signal: AbortSignal): Promise<Error | undefined> {
    const { stream } = this.#ports
    const ended = await stream.wait(this.#moved ? this.#every.storeMs : this.#every.waitMs, signal)
    if (this.#failure !== undefined) throw this.#failure
    const { transactions, position, announced } = stream.take(rows)
    // Before its next event: what a changed publication leaves out must not be overtaken by what it shows.
    const obstacle = announced ? await this.#watch.look() : undefined
    if (obstacle) return obstacle
    const trouble = await this.#publish(transactions)
    if (trouble) return trouble
    if (transactions.length > 0 || position !== this.#position) this.#at.heard = performance.now()
    this.#position = position
    this.#progress.reach(position)
    this.#bookmark()
    this.#storeSoon()
    return ended ?? this.#distrust ?? this.#watch.latest()
  }

  /** Gives the lane its place, stores it, and ends the stream. */
  async end(): Promise<void> {
    await Promise.all([this.#storing, this.#looking])
    if (this.#failure !== undefined) throw this.#failure
    if (!(await this.#storeWithin(visibleAtEndMs))) this.#counts = new Map()
    Object.assign(this.lane, this.#proof.proven.place)
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
    const result = await this.#ports.pump.deliver(events, this.lane.shards.keys())
    if (result.trouble) this.#stall(fresh, result)
    else for (const transaction of fresh) this.#progress.add(transaction)
    if (!result.trouble) countByShard(result.acknowledged, this.#counts)
    this.#moved = true
    if (!result.trouble && result.refused.length + result.behind.length > 0) await this.#setAside(result)
    return result.trouble
  }

  /** The lane's next page from the table leaves out what the broker has taken all the same. */
  #stall(transactions: WalTransaction[], { acknowledged }: PublishResult): void {
    const left = new Set(acknowledged)
    for (const transaction of transactions) {
      if (!transaction.events.every((event) => left.has(event))) continue
      this.#progress.add(transaction)
      countByShard(transaction.events, this.#counts)
      for (const event of transaction.events) left.delete(event)
    }
    const ids = new Set([...left].map((event) => event.id))
    this.lane.stall = { attempts: 0, retryAt: performance.now(), acknowledged: ids }
  }

  /**
   * Stores at once that events wait in the quarantine: they are copied there from the table. With synchronous
   * replication they can be in the stream before they can be seen in the table.
   */
  async #setAside({ refused, behind }: SetAside): Promise<void> {
    await this.#storing
    if ((await this.#storeWithin(visibleMs, { refused, behind })) || this.#distrust) return
    throw new RelayError('connectionLost', 'Events of the stream are not visible in the table.')
  }

  #bookmark(): void {
    const now = performance.now()
    const silent = now > this.#at.heard + this.#every.silenceMs
    const everyMs = this.#moved ? this.#every.probeMs : this.#every.idleProbeMs
    const due = (silent || this.#position > this.#bookmarked) && now > this.#at.bookmarked + everyMs
    if (!due || this.#looking !== undefined) return
    this.#at.bookmarked = now
    this.#looking = this.#look(silent)
      .catch((error) => this.#fail(error))
      .finally(() => {
        this.#looking = undefined
      })
  }

  async #look(silent: boolean): Promise<void> {
    const probe = await this.#ports.probe()
    if (probe === undefined) return
    this.#progress.addBookmark(probe)
    this.#bookmarked = probe.lsn
    if (silent) await this.#checkSilence(probe)
  }

  /** Does the table have events that a stream which has been silent for long should have shown? */
  async #checkSilence(probe: Probe): Promise<void> {
    const { place } = this.#proof.proven
    if (!isDue(place.published, probe)) return
    const { events } = this.#progress.mark()
    const mark = { place: { published: positionOf(probe), window: undefined }, events, part: undefined }
    const unshown = await this.#proof.countUnshown(mark)
    if (unshown <= 0 || performance.now() < this.#at.heard + this.#every.silenceMs) return
    this.#distrust = new RelayError(
      'streamSilent',
      `The stream of the write-ahead log has shown nothing for ${this.#every.silenceMs} ms, while the table has ${unshown} events for it.`,
    )
  }

  /** Begins to prove and store the place, or to move the slot on, when that is due. */
  #storeSoon(): void {
    const now = performance.now()
    if (this.#storing !== undefined || now < this.#proveFrom || this.#progress.isWide()) return
    const foreign = this.#position - this.#confirmed > idleBytes
    const store = this.#moved && now > this.#at.stored + this.#every.storeMs
    const confirm = !this.#moved && foreign && now > this.#at.confirmed + this.#every.confirmMs
    if (!store && !confirm && now < this.#at.stored + this.#every.idleProbeMs) return
    this.#storing = this.#store(nothingAside)
      .then(() => {})
      .catch((error) => this.#fail(error))
      .finally(() => {
        this.#storing = undefined
      })
  }

  async #storeWithin(ms: number, setAside = nothingAside): Promise<boolean> {
    const until = performance.now() + ms
    while (!(await this.#store(setAside))) {
      if (this.#distrust || performance.now() > until) return false
      await delay(visiblePauseMs)
    }
    return true
  }

  /** Stores the place, if anything has moved, and moves the slot on. @returns whether the place is proven. */
  async #store(setAside: SetAside): Promise<boolean> {
    const position = this.#position
    const moved = this.#moved
    const counts = this.#counts
    this.#moved = false
    this.#counts = new Map()
    if (!(await this.#prove())) {
      this.#moved = true
      for (const [shard, events] of this.#counts) counts.set(shard, (counts.get(shard) ?? 0) + events)
      this.#counts = counts
      return false
    }
    if (moved) await this.#settle(counts, setAside)
    const foreign = position - this.#confirmed > idleBytes
    const due = performance.now() > this.#at.confirmed + this.#every.confirmMs
    if (due && (moved || foreign)) await this.#confirm(position)
    return true
  }

  async #prove(): Promise<boolean> {
    const startedAt = performance.now()
    const mark = this.#progress.mark()
    const verdict = await this.#proof.prove(mark)
    const now = performance.now()
    this.#proveFrom = now + (now - startedAt) * proofShare
    this.#at.stored = now
    if (verdict !== 'early') this.#earlySince = undefined
    else this.#earlySince ??= now
    if (verdict === 'passedOver' || now > (this.#earlySince ?? now) + visibleMs)
      this.#distrust = differsFromTable(verdict)
    return verdict === 'proven'
  }

  async #settle(acknowledged: ShardCounts, setAside: SetAside): Promise<void> {
    const now = performance.now()
    const all = now > this.#at.storedAll + this.#ports.storeAllMs
    if (all) this.#at.storedAll = now
    const place = { shards: this.lane.shards, ...this.#proof.proven.place }
    await this.#ports.pump.settle(place, { acknowledged, ...setAside }, all)
  }

  /** Everything that committed before `position` is published by the stored place: the slot may forget it. */
  async #confirm(position: Lsn): Promise<void> {
    const { shards } = this.lane
    const epochs = [...shards.values()].map(String)
    const values = [[...shards.keys()], epochs, formatLsn(position)]
    const stored = await query(this.#ports.writer, storeStreamed, values)
    if (stored.length === 0) throw new RelayError('leaseLost', 'Another relay has taken a shard.')
    this.#ports.stream.confirm(position)
    this.#confirmed = position
    this.#at.confirmed = performance.now()
  }

  #fail(error: unknown): void {
    this.#failure ??= error
  }
}
