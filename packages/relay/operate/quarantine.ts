import type { Logger } from '../logger.ts'
import { type OutboxEvent, toOutboxEvent } from '../publish/event.ts'
import { type PublishResult, publishEvents, type Refusal, type Send } from '../publish/publishEvents.ts'
import { type RetryBounds, retryDelayMs } from '../retryDelay.ts'
import {
  type DueKeyRow,
  endQuarantine,
  readDueKeys,
  readQuarantinedEvents,
  readQuarantinedKeys,
  recordRefusal,
  redriveKey,
  removeAcknowledged,
  resolveQuarantined,
} from '../sql/quarantine.ts'
import type { EventRow } from '../sql/readEvents.ts'
import { query, queryArrays, type SqlClient } from '../sqlClient.ts'

export interface QuarantineOptions {
  /** Tries of an event that the broker refuses for itself before it waits for an operator; default 3. */
  attempts: number
  retry: RetryBounds
}

export interface QuarantinePorts {
  client: SqlClient
  send: Send
  logger: Logger
  onPublished: (result: PublishResult) => void
}

const pageRows = 200

/**
 * The keys whose oldest unpublished event the broker refuses, and the events that wait behind it.
 *
 *   (refused) ─▶ retrying ──refused `attempts` times──▶ quarantined
 *                  │  ▲                                    │
 *      all are out ▼  └────────redrive, skip, discard──────┘
 *                (ended)
 */
export class Quarantine {
  readonly #ports: QuarantinePorts
  readonly #options: QuarantineOptions
  readonly #keys = new Map<number, Set<string>>()

  constructor(ports: QuarantinePorts, options: QuarantineOptions) {
    this.#ports = ports
    this.#options = options
  }

  get size(): number {
    let size = 0
    for (const keys of this.#keys.values()) size += keys.size
    return size
  }

  holds(event: OutboxEvent): boolean {
    return this.#keys.get(event.shard)?.has(event.key) ?? false
  }

  add({ event }: Refusal): void {
    const keys = this.#keys.get(event.shard) ?? new Set()
    this.#keys.set(event.shard, keys.add(event.key))
  }

  /** Reads anew which keys of these shards are quarantined. */
  async load(shards: readonly number[]): Promise<void> {
    for (const shard of shards) this.#keys.set(shard, new Set())
    const rows = await query<{ shard: number; key: string }>(this.#ports.client, readQuarantinedKeys, [
      shards,
    ])
    for (const { shard, key } of rows) this.#keys.get(shard)?.add(key)
  }

  forget(shard: number): void {
    this.#keys.delete(shard)
  }

  /** Carries out what operators asked for and the retries that are due. No page of these shards may be under way. */
  async work(epochs: ReadonlyMap<number, bigint>): Promise<void> {
    if (this.size === 0) return
    const due = await query<DueKeyRow>(this.#ports.client, readDueKeys, [[...epochs.keys()]])
    for (const row of due) {
      const epoch = epochs.get(row.shard)
      if (epoch !== undefined && !(await this.#workKey(row, epoch))) return
    }
  }

  /** @returns false when the broker is in trouble, so that the rest had better wait. */
  async #workKey(row: DueKeyRow, epoch: bigint): Promise<boolean> {
    const { client, logger } = this.#ports
    const address = [row.shard, String(epoch), row.key]
    if (row.command !== null) {
      logger.warn({ shard: row.shard, command: row.command }, 'quarantine command')
      if (row.command === 'redrive') await query(client, redriveKey, address)
      else if (row.command === 'skip') await query(client, resolveQuarantined, [...address, 'skipped', 1])
      else await query(client, resolveQuarantined, [...address, 'discarded', Number.MAX_SAFE_INTEGER])
    }
    return this.#retryKey(row, address, row.command === null ? row.attempts : 0)
  }

  async #retryKey(row: DueKeyRow, address: unknown[], attempts: number): Promise<boolean> {
    const { client } = this.#ports
    const rows = await queryArrays<EventRow>(client, readQuarantinedEvents, [row.shard, row.key, pageRows])
    const events = rows.map(toOutboxEvent)
    if (events.length > 0) {
      const result = await this.#publish(events)
      const acknowledged = result.acknowledged.map((event) => event.id)
      await query(client, removeAcknowledged, [row.shard, address[1], acknowledged])
      // The attempts belong to the event that was first before.
      const [refusal] = result.refused
      if (refusal) await this.#recordRefusal(address, refusal, acknowledged.length > 0 ? 1 : attempts + 1)
      if (refusal || result.trouble) return result.trouble === undefined
    }
    const ended = await query(client, endQuarantine, address)
    if (ended.length > 0) this.#keys.get(row.shard)?.delete(row.key)
    return true
  }

  async #publish(events: OutboxEvent[]): Promise<PublishResult> {
    const { send, onPublished } = this.#ports
    const result = await publishEvents(events, send)
    onPublished(result)
    return result
  }

  async #recordRefusal(address: unknown[], { event, error }: Refusal, attempts: number): Promise<void> {
    const state = attempts >= this.#options.attempts ? 'quarantined' : 'retrying'
    const facts = {
      eventId: event.eventId,
      topic: event.topic,
      shard: event.shard,
      attempts,
      code: error.code,
    }
    if (state === 'quarantined') this.#ports.logger.error(facts, 'event quarantined with its key')
    await query(this.#ports.client, recordRefusal, [
      ...address,
      event.id,
      attempts,
      state,
      retryDelayMs(attempts, this.#options.retry) | 0,
      error.code,
      error.message,
    ])
  }
}
