import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import type { Logger } from '../logger.ts'
import { readOldestUncounted, rememberCounts } from '../sql/auditShards.ts'
import {
  countAndDrop,
  detachPartition,
  dropResolved,
  ensurePartitions,
  hasUnpublished,
  lockMaintenance,
  type PartitionRow,
  readDetached,
  readPartitions,
  readRetentionTime,
  trimDefault,
  unlockMaintenance,
} from '../sql/partitions.ts'
import { forgetRequests } from '../sql/republish.ts'
import type { SqlClient } from '../sqlClient.ts'
import { forgetSlot } from '../wal/slot.ts'

export interface MaintenanceOptions {
  /** How many days ahead partitions are created; default 14. Events of other days go to the default partition. */
  partitionsAheadDays?: number
  /** How many days published events are kept; default 30. */
  retentionDays?: number
  /** A replication slot that is no longer read: it is dropped, since it would retain WAL for ever. */
  unusedSlot?: string
  /** Pause between two rounds, in milliseconds; default one hour. */
  everyMs?: number
}

/** Creates partitions ahead, and drops those whose events are published and past their retention. */
export class Maintenance {
  readonly #pool: pg.Pool
  readonly #logger: Logger
  readonly #options: Required<Omit<MaintenanceOptions, 'unusedSlot'>>
  readonly #unusedSlot: string | undefined
  readonly #stopping = new AbortController()
  #running: Promise<void> | undefined

  /** @param pool is ended by its owner after `stop`. */
  constructor(pool: pg.Pool, logger: Logger, { unusedSlot, ...options }: MaintenanceOptions = {}) {
    this.#pool = pool
    this.#logger = logger
    this.#options = { partitionsAheadDays: 14, retentionDays: 30, everyMs: 3_600_000, ...options }
    this.#unusedSlot = unusedSlot
  }

  start(): void {
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const done = await this.#tryOnce()
      const pauseMs = done ? this.#options.everyMs : Math.min(60_000, this.#options.everyMs)
      await delay(pauseMs, undefined, { signal }).catch(() => {})
    }
  }

  async #tryOnce(): Promise<boolean> {
    try {
      await this.keep()
      return this.#unusedSlot === undefined || (await forgetSlot(this.#pool, this.#unusedSlot, this.#logger))
    } catch (error) {
      this.#logger.warn({ err: error }, 'maintenance failed; trying again')
      return false
    }
  }

  /** One round, unless another relay is running one. @returns the names of the dropped partitions. */
  async keep(): Promise<string[]> {
    // The lock belongs to the connection, so the whole round uses one. After an error it is closed, which releases the lock.
    const client = await this.#pool.connect()
    try {
      const dropped = (await lockMaintenance(client)) ? await this.#keepLocked(client) : []
      client.release()
      return dropped
    } catch (error) {
      client.release(true)
      throw error
    }
  }

  async #keepLocked(client: SqlClient): Promise<string[]> {
    await ensurePartitions(client, this.#options.partitionsAheadDays)
    const before = await this.#keepFrom(client)
    await dropResolved(client, before)
    await forgetRequests(client, before)
    const dropped = await this.#dropExpired(client, before)
    while ((await trimDefault(client, before)) > 0 && !this.#stopping.signal.aborted);
    await unlockMaintenance(client)
    return dropped
  }

  async #keepFrom(client: SqlClient): Promise<Date> {
    const { before, lags, trusted, clock } = await readRetentionTime(client, this.#options.retentionDays)
    if (lags)
      this.#logger.warn(
        { trusted, clock },
        'the clock of Postgres jumped ahead, or retention did not run for days: it catches up by two days a day',
      )
    return before
  }

  async #dropExpired(client: SqlClient, before: Date): Promise<string[]> {
    const partitions = await readPartitions(client, before)
    for (const partition of partitions) await this.#detach(client, partition)
    const detached = await readDetached(client)
    for (const name of detached) {
      await countAndDrop(client, name)
      this.#logger.info({ partition: name }, 'partition dropped')
    }
    return detached
  }

  async #detach(client: SqlClient, { name, expired }: PartitionRow): Promise<void> {
    if (!expired) return
    if (await hasUnpublished(client, name)) {
      this.#logger.warn({ partition: name }, 'expired partition kept: not all of its events are published')
      return
    }
    // Counted before they leave the table, so that the audit stays correct if the drop fails.
    await rememberCounts(client, await readOldestUncounted(client))
    if (!(await detachPartition(client, name)))
      this.#logger.warn(
        { partition: name },
        'expired partition kept: the table is in use; trying again later',
      )
  }
}
