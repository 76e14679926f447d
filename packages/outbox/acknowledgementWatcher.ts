import { createWaiters, type Waiters, type Waiting } from '@relevo/backoff'
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

/** An event that somebody waits for, and what is known of it. */
interface Awaited {
  readonly event: WatchedEvent
  state: EventState
}

/** How long a wake-up of the relay serves, in milliseconds: more would only cost commits. */
const wakeEveryMs = 50

/**
 * Tells what became of events that were just recorded. However many wait, one query looks for all of them,
 * and none is sent while nobody waits.
 */
export class AcknowledgementWatcher {
  readonly #client: Queryable
  readonly #options: Required<AcknowledgementWatcherOptions>
  readonly #waiters: Waiters<Awaited>
  #wokenAt = Number.NEGATIVE_INFINITY

  /** @param client a pool that stays open until the last `wait` has returned; its owner closes it. */
  constructor(client: Queryable, options: AcknowledgementWatcherOptions = {}) {
    this.#client = client
    this.#options = { pollIntervalMs: 5, onError: () => {}, ...options }
    const { pollIntervalMs: pollMs, onError } = this.#options
    this.#waiters = createWaiters({ pollMs, onError, look: (waiting) => this.#look(waiting) })
  }

  /** Waits until the relay has published a committed event or failed to, at most `timeoutMs`. Never rejects. */
  async wait(event: WatchedEvent, timeoutMs: number): Promise<EventState> {
    const awaited: Awaited = { event, state: 'P' }
    await this.#waiters.wait(awaited, timeoutMs)
    return awaited.state
  }

  /** Answers P to all who still wait. */
  stop(): void {
    this.#waiters.end()
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

  async #look(waiting: readonly Waiting<Awaited>[]): Promise<void> {
    await this.#wakeRelay()
    const events = waiting.map(({ item }) => item.event)
    const { rows } = await this.#client.query(readStates, [
      events.map((event) => event.id),
      events.map((event) => event.xid.toString()),
      events.map((event) => event.shard),
    ])
    const states = new Map(rows.map((row): [number, EventState] => [Number(row.id), row.state]))
    for (const { item, settle } of waiting) {
      item.state = states.get(item.event.id) ?? item.state
      if (item.state !== 'P') settle()
    }
  }
}
