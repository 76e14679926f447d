import { backoffMs } from '@relevo/backoff'
import { isDue, positionOf, type Snapshot } from '@relevo/cursor'
import pg from 'pg'
import type { Lane } from '../cursor/lane.ts'
import { type Lsn, parseLsn } from '../cursor/lsn.ts'
import type { Probe } from '../cursor/probeOutbox.ts'
import type { Logger } from '../logger.ts'
import type { Delivery } from '../publish/delivery.ts'
import { type DatabaseUrl, liftTransactionTimeout, withSettings } from '../sessionSettings.ts'
import { readStreamed } from '../sql/slots.ts'
import { defaultConnectTimeoutMs, query, type SqlClient } from '../sqlClient.ts'
import { publication } from './publication.ts'
import { dropUnread, prepareSlot } from './slot.ts'
import { findObstacle } from './streamWatch.ts'
import type { WalIntervals } from './walIntervals.ts'
import { WalPublisher } from './walPublisher.ts'
import { WalStream } from './walStream.ts'

export interface WalOptions {
  /** Name of the replication slot: lower-case letters, digits and underscores. */
  slot: string
  /** Maximum bytes of events read ahead. */
  bytes: number
  /** Maximum bytes of WAL that the slot retains while the table is read. */
  unreadBytes: number
  intervals: WalIntervals
}

export interface WalPorts {
  databaseUrl: DatabaseUrl
  delivery: Delivery
  writer: SqlClient
  /** Probes the outbox; undefined where no other probe came before. */
  probe: () => Promise<Probe | undefined>
  logger: Logger
  /** How often the cursors of shards without events are stored, in milliseconds. */
  storeAllMs: number
  /** Called with the reason when a stream was left, or could not start. */
  onLeft: (error: unknown) => void
  /** Why the log must not be read for now, for example after an audit that found a difference. */
  distrust: () => Error | undefined
}

/** A slot that can be read from. */
interface Slot {
  /** The LSN before which Postgres has discarded the log. */
  confirmed: Lsn
  /** The LSN up to which everything is published, as stored by an earlier stream. */
  streamed: Lsn | undefined
  readyAt: number
}

const slotTimeoutMs = 30_000

/**
 * Decides when a lane is read from the write-ahead log and when from the table. It begins with the table and
 * falls back to it, whatever happens to the slot or the stream: the lane's cursor says what is published, so either
 * continues where the other stopped.
 *
 *   table ──slot ready, safe LSN to begin──▶ stream
 *     ▲                                          │
 *     └──stream ended or held back, broker in trouble, shards lost
 */
export class WalSource {
  readonly #ports: WalPorts
  readonly #options: WalOptions
  #preparing = false
  #slot: Slot | undefined
  /** A probe since the slot became ready: a possible start of a stream. */
  #startCandidate: (Probe & { takenAt: number }) | undefined
  #publisher: WalPublisher | undefined
  #problem: string | undefined = 'the slot is not ready yet'
  #failures = 0
  #retryAt = 0
  #streamingSince = 0
  #tendedAt = performance.now()
  #ended = false

  constructor(ports: WalPorts, options: WalOptions) {
    this.#ports = ports
    this.#options = options
  }

  get streaming(): boolean {
    return this.#publisher !== undefined
  }

  /** Has the slot become ready so recently that a stream will begin soon, if probes come in quick succession? */
  get joining(): boolean {
    return (
      this.#slot !== undefined &&
      !this.streaming &&
      performance.now() < this.#slot.readyAt + this.#options.intervals.candidateMs
    )
  }

  /** Why the table is read; undefined when it is not. */
  get problem(): string | undefined {
    return this.streaming ? undefined : this.#problem
  }

  /**
   * Publishes the stream's events, if there is a stream. @param lane with all shards of the outbox, if there is one.
   * @returns whether it did; if not, the table has to be read. @throws the error that ends the session.
   */
  async step(lane: Lane | undefined, signal: AbortSignal): Promise<boolean> {
    if (this.#publisher === undefined) await this.#join(lane)
    if (this.#publisher === undefined) return false
    if (this.#publisher.lane !== lane) {
      await this.leave()
      return false
    }
    const reason =
      this.#ports.distrust() ?? (await this.#publisher.step(this.#ports.delivery.pageBounds.rows, signal))
    if (reason === undefined) return true
    await this.leave()
    this.#giveWay(reason)
    return false
  }

  /** While the table is read: limits the WAL that the slot retains. Relays on standby do not do this. */
  async tend(): Promise<void> {
    const { slot, unreadBytes, intervals } = this.#options
    if (this.#preparing || performance.now() < this.#tendedAt + intervals.unreadSlotMs) return
    this.#tendedAt = performance.now()
    if (!(await dropUnread(this.#ports.writer, slot, unreadBytes, this.#ports.logger))) return
    this.#slot = undefined
    this.#startCandidate = undefined
  }

  /** Considers a probe as the start of a stream, before the lane continues with it. */
  see(probe: Probe, lane: Lane | undefined): void {
    if (this.#slot === undefined || lane === undefined) return
    const now = performance.now()
    if (
      this.#startCandidate === undefined ||
      now > this.#startCandidate.takenAt + this.#options.intervals.candidateMs
    )
      this.#startCandidate = { ...probe, takenAt: now }
    // With nothing due up to the probe, its position is just as valid, and sees the end of more transactions.
    if (lane.window || lane.stall || lane.fresh || isDue(lane.published, probe)) return
    lane.published = positionOf(probe)
    lane.unstored = true
  }

  /** Ends the stream, if there is one, and stores its progress. */
  async leave(): Promise<void> {
    const publisher = this.#publisher
    if (publisher === undefined) return
    this.#publisher = undefined
    this.#slot = undefined
    this.#startCandidate = undefined
    try {
      await publisher.end()
    } finally {
      publisher.close()
    }
  }

  /** Ends the stream at once: the session is over. */
  close(): void {
    this.#ended = true
    this.#publisher?.close()
  }

  async #join(lane: Lane | undefined): Promise<void> {
    if (lane === undefined) this.#problem = 'this relay does not hold all shards with equal cursors'
    if (lane === undefined || performance.now() < this.#retryAt) return
    const distrust = this.#ports.distrust()
    if (distrust) {
      this.#problem = distrust.message
      return
    }
    if (this.#slot === undefined) {
      if (!this.#preparing) void this.#prepare()
      return
    }
    if (lane.window || lane.stall || lane.fresh) return
    const from = this.#startFor(lane, this.#slot)
    if (from === undefined) return
    const { databaseUrl, logger } = this.#ports
    try {
      const start = { databaseUrl, slot: this.#options.slot, publication, from }
      const stream = await WalStream.open(start, this.#options.bytes)
      this.#publisher = new WalPublisher(lane, { ...this.#ports, stream }, this.#options.intervals)
    } catch (error) {
      this.#giveWay(error)
      return
    }
    this.#streamingSince = performance.now()
    logger.info({ slot: this.#options.slot }, 'reading the write-ahead log')
  }

  /**
   * An LSN before which everything committed is published: that of the start candidate, if the lane's cursor
   * sees the end of every transaction that had begun by then, otherwise the one stored by an earlier stream.
   */
  #startFor(lane: Lane, { confirmed, streamed, readyAt }: Slot): Lsn | undefined {
    if (this.#startCandidate && hasEndedAll(lane.published.snapshot, this.#startCandidate.snapshot.xmax))
      return this.#startCandidate.lsn
    this.#problem = 'transactions that were open when the slot was ready have not ended yet'
    const patient = performance.now() < readyAt + this.#options.intervals.patienceMs
    return !patient && streamed !== undefined && streamed >= confirmed ? streamed : undefined
  }

  /** Prepares the slot on its own connection, since that may wait for transactions to end. */
  async #prepare(): Promise<void> {
    this.#preparing = true
    const client = new pg.Client({
      connectionString: withSettings(this.#ports.databaseUrl, {
        statement_timeout: String(slotTimeoutMs),
      }),
      application_name: 'relevo relay slot',
      connectionTimeoutMillis: defaultConnectTimeoutMs,
      query_timeout: slotTimeoutMs + 1_000,
    })
    client.on('error', () => {})
    try {
      await client.connect()
      await liftTransactionTimeout(client)
      // Before the slot: an unreadable slot would only retain WAL.
      const obstacle = await findObstacle(client)
      if (obstacle) throw obstacle
      const confirmed = await prepareSlot(client, this.#options.slot, this.#ports.logger)
      const [row] = await query<{ lsn: string }>(client, readStreamed)
      this.#slot = { confirmed, streamed: row && parseLsn(row.lsn), readyAt: performance.now() }
    } catch (error) {
      if (!this.#ended) this.#giveWay(error)
    } finally {
      this.#preparing = false
      void client.end().catch(() => {})
    }
  }

  #giveWay(error: unknown): void {
    const { retry } = this.#options.intervals
    this.#ports.onLeft(error)
    const lasted = this.#streamingSince > 0 ? performance.now() - this.#streamingSince : 0
    this.#failures = lasted > retry.maxMs ? 1 : this.#failures + 1
    this.#streamingSince = 0
    this.#slot = undefined
    this.#startCandidate = undefined
    const delayMs = backoffMs(this.#failures, retry)
    this.#retryAt = performance.now() + delayMs
    this.#problem = error instanceof Error ? error.message : String(error)
    const facts = { err: error, slot: this.#options.slot, retryInMs: Math.round(delayMs) }
    this.#ports.logger.warn(facts, 'left the write-ahead log; reading the table')
  }
}

/** Had every transaction below `xid` ended? */
function hasEndedAll({ xmax, inProgress }: Snapshot, xid: bigint): boolean {
  return xmax >= xid && [...inProgress].every((open) => open >= xid)
}
