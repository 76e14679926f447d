import { createWaiters, type Waiters, type Waiting } from '@relevo/backoff'
import type { Queryable, RecordedEvent } from './event.ts'
import { readStates } from './sql/readStates.ts'

/** E: Kafka has it. X: the relay tried and it was not taken. P: still on its way. */
export type EventState = 'E' | 'X' | 'P'

export interface AcknowledgementWatcherOptions {
  /** Pause between two queries of the cursors while anybody waits, in milliseconds; default 5. */
  pollIntervalMs?: number
  /** Called when querying the cursors, or waking the relay, fails; both are retried until the deadline. */
  onError?: (error: unknown) => void
}

/** Identifies an event to look up its state; in JSON the `xid` has to be a string. */
export type WatchedEvent = Pick<RecordedEvent, 'id' | 'xid' | 'shard'>

/** An event that somebody waits for, and its known state. */
interface Awaited {
  readonly event: WatchedEvent
  state: EventState
}

/** At most one wake-up of the relay in this time, in milliseconds: more would only slow commits. */
const wakeEveryMs = 50

/**
 * Reports what becomes of events that were just recorded. One query looks for all that are waited for,
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

  /** Resolves every pending wait with P. */
  stop(): void {
    this.#waiters.end()
  }

  /**
   * A sleeping relay is woken by the event itself; this ends the shorter pauses of one that is awake. NOTIFY fails when its
   * queue is full, which costs only time. It takes a cluster-wide lock, so it is not sent once per commit.
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
