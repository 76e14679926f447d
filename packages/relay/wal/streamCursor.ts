import { setTimeout as delay } from 'node:timers/promises'
import type { Lane } from '../cursor/lane.ts'
import { formatLsn, type Lsn } from '../cursor/lsn.ts'
import type { Delivery } from '../publish/delivery.ts'
import type { OutboxEvent } from '../publish/event.ts'
import { countByShard, type ShardCounts } from '../publish/laneStore.ts'
import type { PublishResult } from '../publish/publishEvents.ts'
import { RelayError } from '../relayError.ts'
import { storeStreamed } from '../sql/slots.ts'
import { query, type SqlClient } from '../sqlClient.ts'
import { SideTask } from './sideTask.ts'
import type { StreamProgress } from './streamProgress.ts'
import type { StreamProof } from './streamProof.ts'
import type { WalIntervals } from './walIntervals.ts'
import type { WalStream } from './walStream.ts'

export interface StreamCursorPorts {
  stream: WalStream
  delivery: Delivery
  writer: SqlClient
  /** How often to store the cursors of shards without events, in milliseconds. */
  storeAllMs: number
}

type SetAside = Pick<PublishResult, 'refused' | 'behind'>

const nothingAside: SetAside = { refused: [], behind: [] }
/** Other WAL that may accumulate before the slot is advanced: each advance writes some itself. */
const idleBytes = 262_144n
const visiblePauseMs = 50

/** Stores a stream's cursor once it is proven, and advances the slot to it. */
export class StreamCursor {
  readonly #lane: Lane
  readonly #ports: StreamCursorPorts
  readonly #every: WalIntervals
  readonly #progress: StreamProgress
  readonly #proof: StreamProof
  readonly #storing = new SideTask()
  /** Acknowledged since the stored cursor. */
  #counts: ShardCounts = new Map()
  /** Everything that committed before it is published. */
  #reached: Lsn
  /** The LSN to which the slot has been advanced. */
  #confirmed: Lsn
  #isBehind: boolean
  /** When each was done last, by performance.now(). */
  readonly #at = { stored: 0, storedAll: Number.NEGATIVE_INFINITY, confirmed: 0 }

  constructor(
    lane: Lane,
    ports: StreamCursorPorts,
    intervals: WalIntervals,
    progress: StreamProgress,
    proof: StreamProof,
  ) {
    this.#lane = lane
    // The stream's cursor is stored from here on, also for what the table left to store: the lane's is soon outdated.
    this.#isBehind = lane.unstored
    lane.unstored = false
    this.#ports = ports
    this.#every = intervals
    this.#progress = progress
    this.#proof = proof
    this.#reached = ports.stream.lsn
    this.#confirmed = ports.stream.lsn
  }

  /** Is the stored cursor behind what is published? */
  get isBehind(): boolean {
    return this.#isBehind
  }

  throwFailure(): void {
    this.#storing.throwFailure()
  }

  /** Waits for the store under way. @throws what a store failed with. */
  settle(): Promise<void> {
    return this.#storing.settle()
  }

  /** Kafka has acknowledged these events, and the progress counts them. */
  advance(acknowledged: readonly OutboxEvent[]): void {
    countByShard(acknowledged, this.#counts)
    this.#isBehind = true
  }

  /** Begins to prove and store the cursor, or to advance the slot, if that is due. */
  storeSoon(reached: Lsn): void {
    this.#reached = reached
    const now = performance.now()
    if (this.#storing.isRunning || !this.#proof.isDue || this.#progress.isWide()) return
    const store = this.#isBehind && now > this.#at.stored + this.#every.storeMs
    const confirm = !this.#isBehind && this.#isFarFromSlot(reached) && this.#isConfirmDue()
    if (!store && !confirm && now < this.#at.stored + this.#every.idleProbeMs) return
    this.#storing.start(() => this.#store(nothingAside))
  }

  /** Stores the cursor as soon as it is proven. @returns false if it was not within `ms`. */
  async storeWithin(ms: number, setAside = nothingAside): Promise<boolean> {
    const until = performance.now() + ms
    while (!(await this.#store(setAside))) {
      if (this.#proof.distrust || performance.now() > until) return false
      await delay(visiblePauseMs)
    }
    return true
  }

  /** Stores the cursor, if it is behind, and advances the slot. @returns whether it is proven. */
  async #store(setAside: SetAside): Promise<boolean> {
    const reached = this.#reached
    const isBehind = this.#isBehind
    const counts = this.#counts
    this.#isBehind = false
    this.#counts = new Map()
    const isProven = await this.#proof.prove(this.#progress.mark())
    this.#at.stored = performance.now()
    if (!isProven) {
      this.#isBehind = true
      for (const [shard, events] of this.#counts) counts.set(shard, (counts.get(shard) ?? 0) + events)
      this.#counts = counts
      return false
    }
    if (isBehind) await this.#settle(counts, setAside)
    if (this.#isConfirmDue() && (isBehind || this.#isFarFromSlot(reached))) await this.#confirm(reached)
    return true
  }

  #isConfirmDue(): boolean {
    return performance.now() > this.#at.confirmed + this.#every.confirmMs
  }

  #isFarFromSlot(lsn: Lsn): boolean {
    return lsn - this.#confirmed > idleBytes
  }

  async #settle(acknowledged: ShardCounts, setAside: SetAside): Promise<void> {
    const now = performance.now()
    const all = now > this.#at.storedAll + this.#ports.storeAllMs
    if (all) this.#at.storedAll = now
    const cursor = { shards: this.#lane.shards, ...this.#proof.proven.cursor }
    await this.#ports.delivery.settle(cursor, { acknowledged, ...setAside }, all)
  }

  /** The stored cursor covers everything that committed before `lsn`: the slot may discard it. */
  async #confirm(lsn: Lsn): Promise<void> {
    const { shards } = this.#lane
    const epochs = [...shards.values()].map(String)
    const values = [[...shards.keys()], epochs, formatLsn(lsn)]
    const stored = await query(this.#ports.writer, storeStreamed, values)
    if (stored.length === 0) throw new RelayError('leaseLost', 'Another relay has taken a shard.')
    this.#ports.stream.confirm(lsn)
    this.#confirmed = lsn
    this.#at.confirmed = performance.now()
  }
}
