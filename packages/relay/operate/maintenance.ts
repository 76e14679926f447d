import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import type { Logger } from '../logger.ts'
import {
  dropResolved,
  ensurePartitions,
  lockMaintenance,
  type PartitionRow,
  partitionStatements,
  readDetached,
  readPartitions,
  unlockMaintenance,
} from '../sql/partitions.ts'
import { query, type SqlClient } from '../sqlClient.ts'
import { forgetSlot } from '../wal/slot.ts'

export interface MaintenanceOptions {
  /** Partitions are made so many days ahead; default 14. Without a partition for today nothing can be recorded. */
  partitionsAheadDays?: number
  /** Published events are kept so many days; default 30. */
  retentionDays?: number
  /** A replication slot that nothing reads from any more: it is dropped, since it would keep WAL for ever. */
  unusedSlot?: string
  /** Pause between two rounds, in milliseconds; default one hour. */
  everyMs?: number
}

/** Makes the partitions of the days to come and drops those whose events are published and past their retention. */
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

  /** One round, unless another relay is at it. @returns the names of the partitions it dropped. */
  async keep(): Promise<string[]> {
    // The lock is the connection's, so the whole round is on one.
    const client = await this.#pool.connect()
    try {
      const [lock] = await query<{ mine: boolean }>(client, lockMaintenance)
      return lock?.mine ? await this.#keepLocked(client) : []
    } finally {
      client.release()
    }
  }

  async #keepLocked(client: SqlClient): Promise<string[]> {
    try {
      await query(client, ensurePartitions, [this.#options.partitionsAheadDays])
      await query(client, dropResolved, [this.#options.retentionDays])
      return await this.#dropExpired(client)
    } finally {
      await query(client, unlockMaintenance)
    }
  }

  async #dropExpired(client: SqlClient): Promise<string[]> {
    const partitions = await query<PartitionRow>(client, readPartitions, [this.#options.retentionDays])
    for (const partition of partitions) await this.#detach(client, partition)
    const detached = await query<{ name: string }>(client, readDetached)
    for (const { name } of detached) {
      await client.query(partitionStatements.countAndDrop(name))
      this.#logger.info({ partition: name }, 'partition dropped')
    }
    return detached.map(({ name }) => name)
  }

  async #detach(client: SqlClient, { name, detaching, expired }: PartitionRow): Promise<void> {
    if (detaching) await client.query(partitionStatements.finishDetach(name))
    if (!expired || detaching) return
    const { rows } = await client.query(partitionStatements.hasUnpublished(name))
    if (rows[0]?.unpublished) {
      this.#logger.warn({ partition: name }, 'expired partition kept: not all of its events are published')
      return
    }
    await client.query(partitionStatements.detach(name))
  }
}
