import type { Logger } from '../logger.ts'
import { RelayError } from '../relayError.ts'
import {
  type CursorRow,
  forgetRelay,
  releaseLeases,
  renewLeases,
  resumeLeases,
  takeLeases,
  tellOfLeases,
} from '../sql/leases.ts'
import { query, type SqlClient } from '../sqlClient.ts'

export interface LeaseOptions {
  /** How long a lease lasts without a renewal, in milliseconds, at most 10,000. */
  leaseMs: number
  /** Name of this relay. */
  owner: string
  /** Hold all shards or none, as the reader of a stream must; other relays then stand by. */
  whole?: boolean
}

/**
 * The shards this relay holds. All leases are renewed together, three times per lease duration. Until `deadline`,
 * by this machine's monotonic clock, the last renewal is certainly valid.
 */
export class Leases {
  readonly owner: string
  readonly leaseMs: number
  readonly #client: SqlClient
  readonly #logger: Logger
  readonly #whole: boolean
  readonly #held = new Set<number>()
  #deadline = Number.NEGATIVE_INFINITY
  /** When it last asked for live relays, on the clock of `performance`. */
  #renewedAt = Number.NEGATIVE_INFINITY
  #living = 1
  #timer: NodeJS.Timeout | undefined

  constructor(client: SqlClient, logger: Logger, { leaseMs, owner, whole = false }: LeaseOptions) {
    this.#client = client
    this.#logger = logger
    this.leaseMs = leaseMs
    this.owner = owner
    this.#whole = whole
  }

  /** Keeps the leases renewed until `stop`. */
  start(): void {
    this.#timer = setInterval(() => void this.#renewOrWarn(), this.leaseMs / 3)
  }

  /** Lets the leases expire, unless `handOver` is called. */
  stop(): void {
    clearInterval(this.#timer)
  }

  /** Releases every shard at once. This relay is removed first: relays that wake up then must not leave it a share. */
  async handOver(): Promise<void> {
    const shards = [...this.#held]
    this.#held.clear()
    await query(this.#client, forgetRelay, [this.owner])
    await this.#release(shards)
  }

  get shards(): ReadonlySet<number> {
    return this.#held
  }

  /** @throws RelayError `leaseLost` unless the leases of these shards are certainly valid now. */
  assertHeld(shards: Iterable<number> = []): void {
    const expired = this.#held.size > 0 && performance.now() >= this.#deadline
    if (!expired && [...shards].every((shard) => this.#held.has(shard))) return
    throw new RelayError('leaseLost', 'A lease ran out before it was renewed; its shards are taken anew.')
  }

  /** This relay's fair share of `shards` shards, given the live relays. */
  fairShare(shards: number): number {
    return this.#whole ? shards : Math.ceil(shards / this.#living)
  }

  /**
   * Takes free shards up to the fair share; returns the cursors of those taken now.
   * @param trustMs time in which a renewal is not repeated, in milliseconds; default 0.
   */
  async take(shards: number, trustMs = 0): Promise<CursorRow[]> {
    if (performance.now() - this.#renewedAt >= trustMs) await this.renew()
    const wanted = this.fairShare(shards) - this.#held.size
    if (wanted <= 0) return []
    const askedAt = performance.now()
    const rows = await query<CursorRow>(this.#client, takeLeases, [this.owner, this.leaseMs, wanted])
    if (this.#held.size === 0) this.#deadline = askedAt + this.leaseMs
    for (const row of rows) this.#held.add(row.shard)
    // Of several that want all, the one with the first shard continues.
    if (this.#whole && rows.length > 0 && !this.#held.has(0)) {
      await this.release(rows.map((row) => row.shard))
      return []
    }
    if (rows.length > 0) this.#logger.info({ shards: rows.map((row) => row.shard) }, 'shards taken')
    return rows
  }

  /** Releases shards, which must not have a page in flight. */
  async release(shards: number[]): Promise<void> {
    for (const shard of shards) this.#held.delete(shard)
    await this.#release(shards)
    this.#logger.info({ shards }, 'shards released')
  }

  /**
   * Resumes the leases from before the connection was lost; returns their cursors. They get a new
   * epoch, since Postgres may still be executing a statement of the lost connection.
   */
  async resume(): Promise<CursorRow[]> {
    const askedAt = performance.now()
    const rows = await query<CursorRow>(this.#client, resumeLeases, [this.owner, this.leaseMs])
    for (const row of rows) this.#held.add(row.shard)
    this.#deadline = askedAt + this.leaseMs
    return rows
  }

  async renew(): Promise<void> {
    const askedAt = performance.now()
    const hadShards = this.#held.size > 0
    const [row] = await query<{ living: number; shards: number[] }>(this.#client, renewLeases, [
      this.owner,
      this.leaseMs,
    ])
    this.#renewedAt = askedAt
    this.#living = row?.living ?? 1
    if (!hadShards) return
    this.#keepOnly(new Set(row?.shards))
    this.#deadline = askedAt + this.leaseMs
  }

  /** The others are notified, or find the shards at their next check. */
  async #release(shards: number[]): Promise<void> {
    await query(this.#client, releaseLeases, [this.owner, shards])
    if (shards.length === 0) return
    await query(this.#client, tellOfLeases).catch((error) =>
      this.#logger.warn({ err: error }, 'other relays could not be told of free shards'),
    )
  }

  #keepOnly(renewed: ReadonlySet<number>): void {
    const lost = [...this.#held].filter((shard) => !renewed.has(shard))
    for (const shard of lost) this.#held.delete(shard)
    if (lost.length > 0) this.#logger.warn({ shards: lost }, 'leases lost')
  }

  async #renewOrWarn(): Promise<void> {
    if (this.#held.size === 0) return
    try {
      await this.renew()
    } catch (error) {
      this.#logger.warn({ err: error }, 'leases could not be renewed')
    }
  }
}
