import { setTimeout as delay } from 'node:timers/promises'
import type { Queryable, RecordedEvent } from './event.ts'
import { readStates } from './sql/readStates.ts'

/** E: Kafka has it. X: the relay tried and it was not taken. P: still on its way. */
export type EventState = 'E' | 'X' | 'P'

export interface AcknowledgementWatcherOptions {
  /** Pause between two looks at the cursors while anybody waits, in milliseconds; default 5. */
  pollIntervalMs?: number
  /** Told when a look at the cursors, or waking the relay, fails; it is tried again until the deadline. */
  onError?: (error: unknown) => void
}

/** What an event's state is found by; as JSON it needs its `xid` as a text. */
export type WatchedEvent = Pick<RecordedEvent, 'id' | 'xid' | 'shard'>

interface Waiter {
  event: WatchedEvent
  settle(state: EventState): void
}

/** How long a wake-up of the relay serves, in milliseconds: more would only cost commits. */
const wakeEveryMs = 50
const pauseAfterErrorMs = 100

/**
 * Tells what became of events that were just recorded. However many wait, one query looks for all of them,
 * and none is sent while nobody waits.
 */
export class AcknowledgementWatcher {
  readonly #client: Queryable
  readonly #options: Required<AcknowledgementWatcherOptions>
  readonly #waiters = new Set<Waiter>()
  #polling = false
  #wokenAt = Number.NEGATIVE_INFINITY

  /** @param client a pool that stays open until the last `wait` has returned; its owner closes it. */
  constructor(client: Queryable, options: AcknowledgementWatcherOptions = {}) {
    this.#client = client
    this.#options = { pollIntervalMs: 5, onError: () => {}, ...options }
  }

  /** Waits until the relay has published a committed event or failed to, at most `timeoutMs`. Never rejects. */
  wait(event: WatchedEvent, timeoutMs: number): Promise<EventState> {
    return new Promise((resolve) => {
      const waiter: Waiter = {
        event,
        settle: (state) => {
          clearTimeout(timer)
          this.#waiters.delete(waiter)
          resolve(state)
        },
      }
      const timer = setTimeout(() => waiter.settle('P'), timeoutMs)
      this.#waiters.add(waiter)
      if (!this.#polling) void this.#poll()
    })
  }

  /** Answers P to all who still wait. */
  stop(): void {
    for (const waiter of this.#waiters) waiter.settle('P')
  }

  async #poll(): Promise<void> {
    this.#polling = true
    while (this.#waiters.size > 0) await this.#look()
    this.#polling = false
  }

  async #look(): Promise<void> {
    try {
      await this.#wakeRelay()
      await this.#settleKnown([...this.#waiters])
      if (this.#waiters.size > 0) await delay(this.#options.pollIntervalMs)
    } catch (error) {
      this.#options.onError(error)
      await delay(pauseAfterErrorMs)
    }
  }

  /**
   * An idle relay looks once a second, so a wake-up that fails costs time only: NOTIFY does when its queue is full. It takes
   * a lock of the whole cluster, so not once per commit.
   */
  async #wakeRelay(): Promise<void> {
    if (performance.now() - this.#wokenAt < wakeEveryMs) return
    this.#wokenAt = performance.now()
    await this.#client.query('notify outbox_wake').catch(this.#options.onError)
  }

  async #settleKnown(waiters: Waiter[]): Promise<void> {
    const events = waiters.map((waiter) => waiter.event)
    const { rows } = await this.#client.query(readStates, [
      events.map((event) => event.id),
      events.map((event) => event.xid.toString()),
      events.map((event) => event.shard),
    ])
    const states = new Map(rows.map((row): [number, EventState] => [Number(row.id), row.state]))
    for (const waiter of waiters) {
      const state = states.get(waiter.event.id)
      if (state === 'E' || state === 'X') waiter.settle(state)
    }
  }
}
