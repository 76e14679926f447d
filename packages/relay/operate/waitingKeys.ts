import type { Logger } from '../logger.ts'
import type { OutboxEvent } from '../publish/event.ts'
import type { EventError, Refusal } from '../publish/publishEvents.ts'
import { type Hold, TopicHolds } from './topicHolds.ts'

export interface KeyOfShard {
  readonly shard: number
  readonly key: string
}

/** Events by what may be done with them now. */
export interface Sorted {
  sendable: OutboxEvent[]
  /** The first of their keys that would go to a topic or partition that is held. */
  blocked: Refusal[]
  /** Behind events of their keys that wait. */
  behind: OutboxEvent[]
}

/** The quarantined keys of this relay's shards, in memory, and what each waits for. */
export class WaitingKeys {
  /** Keys by shard, each with what it waits for; undefined if that is only its event. */
  readonly #keys = new Map<number, Map<string, Hold | undefined>>()
  readonly #holds: TopicHolds
  /** By shard, how many events wait for topics. */
  readonly #held = new Map<number, number>()
  readonly #mostHeld: number
  readonly #logger: Logger

  /**
   * @param partitionOf the partition of an event; -1 while it is not known.
   * @param mostHeld events that may wait for topics.
   */
  constructor(partitionOf: (event: OutboxEvent) => number, mostHeld: number, logger: Logger) {
    this.#holds = new TopicHolds(partitionOf)
    this.#mostHeld = mostHeld
    this.#logger = logger
  }

  get size(): number {
    let size = 0
    for (const keys of this.#keys.values()) size += keys.size
    return size
  }

  /** What keys wait for, except those whose own event is rejected. */
  get holds(): readonly Hold[] {
    return this.#holds.all()
  }

  /** May this many more events wait for topics? */
  hasRoom(events: number): boolean {
    let held = events
    for (const count of this.#held.values()) held += count
    return held <= this.#mostHeld
  }

  /** The hold that an event would wait for if it were sent now. */
  holdOf(event: OutboxEvent): Hold | undefined {
    return this.#holds.find(event)
  }

  /** What a key waits for, if that is more than its own event. */
  holdOfKey({ shard, key }: KeyOfShard): Hold | undefined {
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

  /** From now on these keys wait. Set before it is stored, so that a key's next event cannot overtake. */
  add(refused: readonly Refusal[], behind: readonly OutboxEvent[]): void {
    for (const { event, error } of refused) this.put(event, error, event.topic)
    for (const { event } of refused) this.count(event, 1)
    for (const event of behind) this.count(event, 1)
  }

  /** A key waits for what the error is about. @param since undefined is now. */
  put({ shard, key }: KeyOfShard, error: EventError, topic: string, since?: Date): void {
    const hold = this.#holds.add(error, topic, since)
    const isNew = hold?.keys === 1
    this.take({ shard, key })
    const keys = this.#keys.get(shard) ?? new Map<string, Hold | undefined>()
    this.#keys.set(shard, keys.set(key, hold))
    if (!isNew || since !== undefined) return
    const facts = { topic, partition: hold.partition, code: error.code, error: error.message }
    this.#logger.warn(
      facts,
      'Kafka rejects what goes to a topic; its keys wait, and are sent once it is back',
    )
  }

  /** This many more events of a key wait. */
  count(of: KeyOfShard, events: number): void {
    if (this.holdOfKey(of)) this.#held.set(of.shard, (this.#held.get(of.shard) ?? 0) + events)
  }

  /** A key no longer waits. */
  take({ shard, key }: KeyOfShard): void {
    const hold = this.holdOfKey({ shard, key })
    this.#keys.get(shard)?.delete(key)
    if (hold) hold.keys -= 1
  }

  /** The shard is no longer this relay's, or is about to be reloaded. */
  forget(shard: number): void {
    for (const hold of this.#keys.get(shard)?.values() ?? []) if (hold) hold.keys -= 1
    this.#keys.delete(shard)
    this.#held.delete(shard)
  }

  /** The keys of these shards that wait for the hold. */
  keysOf(hold: Hold, shards: Iterable<number>): KeyOfShard[] {
    const keys: KeyOfShard[] = []
    for (const shard of shards)
      for (const [key, of] of this.#keys.get(shard) ?? []) if (of === hold) keys.push({ shard, key })
    return keys
  }

  /** No key waits for it anymore. */
  remove(hold: Hold): void {
    this.#holds.remove(hold)
    if (this.#holds.size === 0) this.#held.clear()
  }
}
