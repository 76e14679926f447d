import type { Logger } from '../logger.ts'
import { type OutboxEvent, toOutboxEvent } from '../publish/event.ts'
import type { EventError, PublishResult, Refusal } from '../publish/publishEvents.ts'
import { type RetryBounds, retryDelayMs } from '../retryDelay.ts'
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
import { type Hold, TopicHolds } from './topicHolds.ts'

export interface QuarantineOptions {
  /** Tries of an event that the broker rejects permanently before it waits for an operator; default 3. */
  attempts: number
  retry: RetryBounds
  /** Pauses between two probes of a topic that keys wait for. */
  probe: RetryBounds
  /** Most events that may wait for topics in this relay's shards. */
  mostHeld: number
}

export interface QuarantinePorts {
  client: SqlClient
  /** Publishes events that wait, in the order of each key. */
  publish: (events: OutboxEvent[]) => Promise<PublishResult>
  /** The partition of an event; -1 while it is not known. */
  partitionOf: (event: OutboxEvent) => number
  /** Do the brokers tell, without being sent a record, that a topic, or a partition of it, cannot be written to? */
  describe: (topic: string, partition: number) => Promise<'unavailable' | 'unreachable' | undefined>
  logger: Logger
}

/** Events divided by what may be done with them now. */
export interface Sorted {
  sendable: OutboxEvent[]
  /** The first of their keys that would go to a topic or partition that is held. */
  blocked: Refusal[]
  /** Behind events of their keys that wait. */
  behind: OutboxEvent[]
}

const bounds = { rows: 2_000, bytes: 4 << 20 }
const probedKeys = 3
/** How long a backlog is released before the pages have their turn, in milliseconds. */
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
  readonly #ports: QuarantinePorts
  readonly #options: QuarantineOptions
  /** By shard, the keys, each with what it waits for; undefined where that is its event alone. */
  readonly #keys = new Map<number, Map<string, Hold | undefined>>()
  readonly #holds: TopicHolds
  /** By shard, how many events wait for topics. */
  readonly #held = new Map<number, number>()

  constructor(ports: QuarantinePorts, options: QuarantineOptions) {
    this.#ports = ports
    this.#options = options
    this.#holds = new TopicHolds(ports.partitionOf)
  }

  get size(): number {
    let size = 0
    for (const keys of this.#keys.values()) size += keys.size
    return size
  }

  /** What keys wait for, but for those whose own event is rejected. */
  get holds(): readonly Hold[] {
    return this.#holds.all()
  }

  /** May so many events more wait for topics? */
  hasRoom(events: number): boolean {
    let held = events
    for (const count of this.#held.values()) held += count
    return held <= this.#options.mostHeld
  }

  /** What an event would wait for if it were sent now. */
  holdOf(event: OutboxEvent): Hold | undefined {
    return this.#holds.find(event)
  }

  /** What a key waits for, if that is more than its own event. */
  holdOfKey({ shard, key }: { shard: number; key: string }): Hold | undefined {
    return this.#keys.get(shard)?.get(key)
  }

  sort(events: OutboxEvent[]): Sorted {
    if (this.size === 0) return { sendable: events, blocked: [], behind: [] }
    const sorted: Sorted = { sendable: [], blocked: [], behind: [] }
    const waiting = new Set<string>()
    for (const event of events) {
      const hold = this.#holds.find(event)
      if (this.#keys.get(event.shard)?.has(event.key) || waiting.has(event.key)) sorted.behind.push(event)
      else if (hold && hold.released === 0) {
        sorted.blocked.push({ event, error: hold.error })
        waiting.add(event.key)
      } else sorted.sendable.push(event)
    }
    return sorted
  }

  /** From now on these keys wait. Known before it is stored: a key's next event must not slip by. */
  add(refused: readonly Refusal[], behind: readonly OutboxEvent[]): void {
    for (const { event, error } of refused) this.#put(event.shard, event.key, error, event.topic)
    for (const { event } of refused) this.#count(event, 1)
    for (const event of behind) this.#count(event, 1)
  }

  /** Reads anew which keys of these shards are quarantined. */
  async load(shards: readonly number[]): Promise<void> {
    for (const shard of shards) this.forget(shard)
    for (const shard of shards) this.#keys.set(shard, new Map())
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
      this.#put(row.shard, row.key, error, topic, row.since)
      this.#count(row, row.events)
    }
  }

  forget(shard: number): void {
    for (const hold of this.#keys.get(shard)?.values() ?? []) if (hold) hold.keys -= 1
    this.#keys.delete(shard)
    this.#held.delete(shard)
  }

  /** Carries out what operators asked for and the retries that are due. No page of these shards may be under way. */
  async work(epochs: ReadonlyMap<number, bigint>): Promise<void> {
    if (this.size === 0) return
    const due = await query<DueKeyRow>(this.#ports.client, readDueKeys, [[...epochs.keys()]])
    for (const row of due) if (!(await this.#workKey(row, epochs))) return
    for (const hold of this.#holds.all())
      if (performance.now() >= hold.probeAt && !(await this.#workHold(hold, epochs))) return
  }

  /** @returns false when the broker is in trouble, so that the rest had better wait. */
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

  /** Probes what keys wait for and, when that is acknowledged, releases them. @returns as {@link #workKey}. */
  async #workHold(hold: Hold, epochs: ReadonlyMap<number, bigint>): Promise<boolean> {
    const until = performance.now() + turnMs
    if (hold.released === 0) {
      const problem = await this.#ports.describe(hold.topic, hold.partition)
      if (problem) this.#probeLater(hold)
      if (problem) return problem !== 'unreachable'
    }
    do {
      // What releases the rest is that Kafka has acknowledged the first events of a few keys.
      const events = await (hold.released === 0
        ? this.#readHeld(readHeldHeads, hold, epochs, probedKeys)
        : this.#readHeld(readHeldEvents, hold, epochs, bounds.rows))
      if (events.length === 0) {
        await this.#end(hold, epochs)
        return true
      }
      const { acknowledged, refused, trouble } = await this.#publish(events, events, epochs)
      hold.released += acknowledged.length
      const again = refused.find(({ event }) => this.holdOfKey(event) === hold)
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
    hold.probeAt = performance.now() + retryDelayMs(hold.probes, this.#options.probe)
  }

  /** No event waits for it any more. */
  async #end(hold: Hold, epochs: ReadonlyMap<number, bigint>): Promise<void> {
    const keys: { shard: number; key: string }[] = []
    for (const shard of epochs.keys())
      for (const [key, of] of this.#keys.get(shard) ?? []) if (of === hold) keys.push({ shard, key })
    if (keys.length > 0) await this.#publish([], keys, epochs)
    this.#holds.remove(hold)
    if (this.#holds.size === 0) this.#held.clear()
    const { topic, partition, released, since } = hold
    const seconds = (Date.now() - since.getTime()) / 1_000
    this.#ports.logger.info({ topic, partition, released, seconds }, 'Kafka takes the topic again')
  }

  /** Publishes waiting events of these keys, and keeps what became of them. */
  async #publish(
    events: OutboxEvent[],
    keys: readonly { shard: number; key: string }[],
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
    for (const event of acknowledged) this.#count(event, -1)
    for (const { event, error } of refused) this.#put(event.shard, event.key, error, event.topic)
    for (const { shard, key } of ended) this.#take(shard, key)
  }

  #put(shard: number, key: string, error: EventError, topic: string, since?: Date): void {
    const hold = this.#holds.add(error, topic, since)
    const isNew = hold?.keys === 1
    this.#take(shard, key)
    const keys = this.#keys.get(shard) ?? new Map<string, Hold | undefined>()
    this.#keys.set(shard, keys.set(key, hold))
    if (!isNew || since !== undefined) return
    const facts = { topic, partition: hold.partition, code: error.code, error: error.message }
    this.#ports.logger.warn(
      facts,
      'Kafka rejects what goes to a topic; its keys wait, and are sent once it is back',
    )
  }

  #count(of: { shard: number; key: string }, events: number): void {
    if (this.holdOfKey(of)) this.#held.set(of.shard, (this.#held.get(of.shard) ?? 0) + events)
  }

  #take(shard: number, key: string): void {
    const hold = this.holdOfKey({ shard, key })
    this.#keys.get(shard)?.delete(key)
    if (hold) hold.keys -= 1
  }
}
