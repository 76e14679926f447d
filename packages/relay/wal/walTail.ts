import { setTimeout as delay } from 'node:timers/promises'
import type { Lane } from '../cursor/lane.ts'
import { countByShard, type ShardCounts } from '../cursor/laneStore.ts'
import { formatLsn, type Lsn } from '../cursor/lsn.ts'
import { isVisible, type Snapshot } from '../cursor/snapshot.ts'
import type { Probe } from '../cursor/window.ts'
import type { OutboxEvent } from '../publish/event.ts'
import type { PublishResult } from '../publish/publishEvents.ts'
import type { Pump } from '../publish/pump.ts'
import { RelayError } from '../relayError.ts'
import { countEvents, storeStreamed } from '../sql/slots.ts'
import { query, type SqlClient } from '../sqlClient.ts'
import { StandbyWatch } from './standbyWatch.ts'
import { StreamProgress } from './streamProgress.ts'
import type { WalStream, WalTransaction } from './walStream.ts'

export interface WalTailPorts {
  stream: WalStream
  pump: Pump
  writer: SqlClient
  /** Looks at the outbox. */
  probe: () => Promise<Probe | undefined>
}

const waitMs = 500
const storeEveryMs = 100
/** The places of shards without events are stored so often. */
const storeAllEveryMs = 10_000
const bookmarkEveryMs = 100
const idleBookmarkEveryMs = 1_000
const confirmEveryMs = 1_000
/** WAL of others that may pass before the slot is moved on: each move writes some itself. */
const idleBytes = 262_144n
const visibleTries = 600
const visiblePauseMs = 50

/**
 * Publishes a lane's events as they come in the stream. The place is stored behind the sending, so that a crash
 * delivers the events of some 100 ms twice; the slot is moved on behind the place.
 */
export class WalTail {
  readonly lane: Lane
  readonly #ports: WalTailPorts
  /** What it sees was published before the stream began. */
  readonly #before: Snapshot
  readonly #progress: StreamProgress
  readonly #standbys: StandbyWatch
  /** Acknowledged on the way from the stored place. */
  #counts: ShardCounts = new Map()
  /** Everything that committed before it is published. */
  #position: Lsn
  #confirmed: Lsn
  #bookmarked: Lsn
  /** Does memory stand further than the stored place? */
  #moved: boolean
  #storedAt = 0
  #storedAllAt = Number.NEGATIVE_INFINITY
  #confirmedAt = 0
  #bookmarkedAt = 0
  #storing: Promise<void> | undefined
  #looking: Promise<void> | undefined
  #failure: unknown

  /** @param lane idle, with all shards of the outbox; from here on its place is known to this tail alone. */
  constructor(lane: Lane, ports: WalTailPorts) {
    this.lane = lane
    // What the table left to be stored is stored by this tail, with its own place: the lane's is soon an old one.
    this.#moved = lane.unstored
    lane.unstored = false
    this.#ports = ports
    this.#before = lane.published.snapshot
    this.#progress = new StreamProgress(lane.published)
    this.#standbys = new StandbyWatch(ports.writer)
    this.#position = ports.stream.position
    this.#confirmed = ports.stream.position
    this.#bookmarked = ports.stream.position
  }

  /**
   * Waits for events and publishes what has come, at most `rows`. @returns why the stream had better be left: it has
   * ended or is held back, or the broker is in trouble. @throws whatever ends the session.
   */
  async step(rows: number, signal: AbortSignal): Promise<Error | undefined> {
    const { stream } = this.#ports
    const ended = await stream.wait(this.#moved ? storeEveryMs : waitMs, signal)
    if (this.#failure !== undefined) throw this.#failure
    const { transactions, position } = stream.take(rows)
    const trouble = await this.#publish(transactions)
    if (trouble) return trouble
    this.#position = position
    this.#progress.reach(position)
    this.#bookmark()
    this.#storeSoon()
    return ended ?? this.#standbys.look()
  }

  /** Gives the lane its place, stores it, and ends the stream. */
  async end(): Promise<void> {
    await Promise.all([this.#storing, this.#looking])
    if (this.#failure !== undefined) throw this.#failure
    Object.assign(this.lane, this.#progress.place())
    this.lane.unstored = true
    await this.#store()
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

  /** Stores at once that events wait in the quarantine: they are copied there from the table. */
  async #setAside({ refused, behind }: PublishResult): Promise<void> {
    await this.#storing
    await this.#untilVisible([...refused.map(({ event }) => event), ...behind])
    await this.#settle({ refused, behind })
  }

  /** With synchronous replication a transaction can be in the stream before it can be seen in the table. */
  async #untilVisible(events: OutboxEvent[]): Promise<void> {
    const ids = events.map((event) => event.id)
    for (let tries = 0; tries < visibleTries; tries++) {
      const [row] = await query<{ events: number }>(this.#ports.writer, countEvents, [ids])
      if (row?.events === ids.length) return
      await delay(visiblePauseMs)
    }
    throw new RelayError('connectionLost', 'Events of the stream are not visible in the table.')
  }

  #bookmark(): void {
    const everyMs = this.#moved ? bookmarkEveryMs : idleBookmarkEveryMs
    const due = this.#position > this.#bookmarked && performance.now() > this.#bookmarkedAt + everyMs
    if (!due || this.#looking !== undefined) return
    this.#bookmarkedAt = performance.now()
    this.#looking = this.#look()
      .catch((error) => this.#fail(error))
      .finally(() => {
        this.#looking = undefined
      })
  }

  async #look(): Promise<void> {
    const probe = await this.#ports.probe()
    if (probe === undefined) return
    this.#progress.addBookmark(probe)
    this.#bookmarked = probe.lsn
  }

  /** Begins to store the place, or to move the slot on, when that is due. */
  #storeSoon(): void {
    if (this.#storing !== undefined) return
    const now = performance.now()
    const foreign = this.#position - this.#confirmed > idleBytes
    const store = this.#moved && now > this.#storedAt + storeEveryMs && !this.#progress.isWide()
    const confirm = !this.#moved && foreign && now > this.#confirmedAt + confirmEveryMs
    if (!store && !confirm) return
    this.#storing = (store ? this.#store() : this.#confirm(this.#position))
      .catch((error) => this.#fail(error))
      .finally(() => {
        this.#storing = undefined
      })
  }

  async #store(): Promise<void> {
    const position = this.#position
    await this.#settle({ refused: [], behind: [] })
    if (performance.now() > this.#confirmedAt + confirmEveryMs) await this.#confirm(position)
  }

  async #settle(setAside: Pick<PublishResult, 'refused' | 'behind'>): Promise<void> {
    const now = performance.now()
    const all = now > this.#storedAllAt + storeAllEveryMs
    const acknowledged = this.#counts
    this.#counts = new Map()
    this.#moved = false
    this.#storedAt = now
    if (all) this.#storedAllAt = now
    const place = { shards: this.lane.shards, ...this.#progress.place() }
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
    this.#confirmedAt = performance.now()
  }

  #fail(error: unknown): void {
    this.#failure ??= error
  }
}
