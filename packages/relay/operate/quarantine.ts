import { type BackoffBounds, backoffMs } from '@relevo/backoff'
import type { Logger } from '../logger.ts'
import { type OutboxEvent, toOutboxEvent } from '../publish/event.ts'
import type { EventError, PublishResult } from '../publish/publishEvents.ts'
import {
  type DueKeyRow,
  type QuarantinedKeyRow,
  readDueKeys,
  readHeldEvents,
  readHeldHeads,
  readQuarantinedEvents,
  readQuarantinedKeys,
  redriveKey,
  resolveQuarantined,
} from '../sql/quarantine.ts'
import type { EventRow } from '../sql/readEvents.ts'
import { query, queryArrays, type SqlClient } from '../sqlClient.ts'
import { type Settled, settleWaiting } from './settleWaiting.ts'
import type { Hold } from './topicHolds.ts'
import { type KeyOfShard, WaitingKeys } from './waitingKeys.ts'

export interface QuarantineOptions {
  /** Attempts at an event that the broker rejects permanently before it waits for an operator; default 3. */
  attempts: number
  retry: BackoffBounds
  /** Pauses between two probes of a topic that keys wait for. */
  probe: BackoffBounds
  /** Most events that may wait for topics in this relay's shards. */
  mostHeld: number
}

export interface QuarantinePorts {
  client: SqlClient
  /** Publishes events that wait, in the order of each key. */
  publish: (events: OutboxEvent[]) => Promise<PublishResult>
  /** The partition of an event; -1 while it is not known. */
  partitionOf: (event: OutboxEvent) => number
  /** Do the brokers report, without being sent a record, that a topic, or a partition of it, cannot be written to? */
  describe: (topic: string, partition: number) => Promise<'unavailable' | 'unreachable' | undefined>
  logger: Logger
}

const bounds = { rows: 2_000, bytes: 4 << 20 }
const probedKeys = 3
/** How long a backlog is released before pages get their turn, in milliseconds. */
const turnMs = 1_000

/**
 * The keys whose oldest unpublished event the broker rejects, and the events that wait behind it.
 *
 *   (rejected, scope record) ─▶ retrying ──rejected `attempts` times──▶ quarantined
 *                                 │  ▲                                    │
 *                     all are out ▼  └────────redrive, skip, discard──────┘
 *                               (ended)
 *                     all are out ▲
 *                                 │    ┌─▶ probed, one for all keys of the topic, for ever
 *   (rejected, scope topic) ─▶ retrying ──a probe is acknowledged──▶ released, all keys in order of ids
 */
export class Quarantine {
  readonly keys: WaitingKeys
  readonly #ports: QuarantinePorts
  readonly #options: QuarantineOptions

  constructor(ports: QuarantinePorts, options: QuarantineOptions) {
    this.keys = new WaitingKeys(ports.partitionOf, options.mostHeld, ports.logger)
    this.#ports = ports
    this.#options = options
  }

  /** Loads the quarantined keys of these shards from the database. */
  async load(shards: readonly number[]): Promise<void> {
    for (const shard of shards) this.keys.forget(shard)
    const rows = await query<QuarantinedKeyRow>(this.#ports.client, readQuarantinedKeys, [shards])
    for (const row of rows) {
      const { scope, topic, partition, error_code: code, error: message } = row
      const error: EventError = {
        index: 0,
        code: code as EventError['code'],
        scope,
        topic,
        partition,
        message,
      }
      this.keys.put(row, error, topic, row.since)
      this.keys.count(row, row.events)
    }
  }

  /** Carries out operators' commands and due retries. No page of these shards may be in flight. */
  async work(epochs: ReadonlyMap<number, bigint>): Promise<void> {
    if (this.keys.size === 0) return
    const due = await query<DueKeyRow>(this.#ports.client, readDueKeys, [[...epochs.keys()]])
    for (const row of due) if (!(await this.#workKey(row, epochs))) return
    for (const hold of this.keys.holds)
      if (performance.now() >= hold.probeAt && !(await this.#workHold(hold, epochs))) return
  }

  /** @returns false if the broker is failing, so that the rest should wait. */
  async #workKey(row: DueKeyRow, epochs: ReadonlyMap<number, bigint>): Promise<boolean> {
    const { client, logger } = this.#ports
    const address = [row.shard, String(epochs.get(row.shard)), row.key]
    if (row.command !== null) {
      logger.warn({ shard: row.shard, command: row.command }, 'quarantine command')
      if (row.command === 'redrive') await query(client, redriveKey, address)
      else if (row.command === 'skip') await query(client, resolveQuarantined, [...address, 'skipped', 1])
      else await query(client, resolveQuarantined, [...address, 'discarded', Number.MAX_SAFE_INTEGER])
    }
    const values = [row.shard, row.key, bounds.rows, bounds.bytes]
    const rows = await queryArrays<EventRow>(client, readQuarantinedEvents, values)
    const attempts = row.command === null ? row.attempts : 0
    const result = await this.#publish(rows.map(toOutboxEvent), [row], epochs, attempts)
    return result.trouble === undefined
  }

  /** Probes the topics that keys wait for and, once a probe is acknowledged, releases the keys. @returns as {@link #workKey}. */
  async #workHold(hold: Hold, epochs: ReadonlyMap<number, bigint>): Promise<boolean> {
    const until = performance.now() + turnMs
    if (hold.released === 0) {
      const problem = await this.#ports.describe(hold.topic, hold.partition)
      if (problem) this.#probeLater(hold)
      if (problem) return problem !== 'unreachable'
    }
    do {
      // The rest is released once Kafka has acknowledged the first events of a few keys.
      const events = await (hold.released === 0
        ? this.#readHeld(readHeldHeads, hold, epochs, probedKeys)
        : this.#readHeld(readHeldEvents, hold, epochs, bounds.rows))
      if (events.length === 0) {
        await this.#end(hold, epochs)
        return true
      }
      const { acknowledged, refused, trouble } = await this.#publish(events, events, epochs)
      hold.released += acknowledged.length
      const again = refused.find(({ event }) => this.keys.holdOfKey(event) === hold)
      if (trouble || again) {
        this.#probeLater(hold, again?.error)
        return trouble === undefined
      }
    } while (performance.now() < until)
    return true
  }

  async #readHeld(
    statement: typeof readHeldEvents,
    { topic, partition }: Hold,
    epochs: ReadonlyMap<number, bigint>,
    rows: number,
  ): Promise<OutboxEvent[]> {
    const values = [[...epochs.keys()], topic, partition, rows, bounds.bytes]
    const found = await queryArrays<EventRow>(this.#ports.client, statement, values)
    return found.map(toOutboxEvent)
  }

  #probeLater(hold: Hold, error: EventError = hold.error): void {
    hold.error = error
    hold.released = 0
    hold.probes += 1
    hold.probeAt = performance.now() + backoffMs(hold.probes, this.#options.probe)
  }

  /** No event waits for it anymore. */
  async #end(hold: Hold, epochs: ReadonlyMap<number, bigint>): Promise<void> {
    const keys = this.keys.keysOf(hold, epochs.keys())
    if (keys.length > 0) await this.#publish([], keys, epochs)
    this.keys.remove(hold)
    const { topic, partition, released, since } = hold
    const seconds = (Date.now() - since.getTime()) / 1_000
    this.#ports.logger.info({ topic, partition, released, seconds }, 'Kafka takes the topic again')
  }

  /** Publishes waiting events of these keys, and stores the outcome. */
  async #publish(
    events: OutboxEvent[],
    keys: readonly KeyOfShard[],
    epochs: ReadonlyMap<number, bigint>,
    attempts = 0,
  ): Promise<PublishResult> {
    const { client, publish, logger } = this.#ports
    const result = await publish(events)
    const settled = await settleWaiting(client, { keys, epochs, attempts, result, options: this.#options })
    this.#keep(result, settled)
    for (const { event, error } of settled.quarantined) {
      const facts = { eventId: event.eventId, topic: event.topic, type: event.type, shard: event.shard }
      logger.error(
        { ...facts, code: error.code, error: error.message, next: 'relevo quarantine' },
        'event quarantined with its key; an operator decides: redrive, skip or discard',
      )
    }
    return result
  }

  #keep({ acknowledged, refused }: PublishResult, { ended }: Settled): void {
    for (const event of acknowledged) this.keys.count(event, -1)
    for (const { event, error } of refused) this.keys.put(event, error, event.topic)
    for (const key of ended) this.keys.take(key)
  }
}
