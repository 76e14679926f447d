import { createWaiters, type Waiters, type Waiting } from '@relevo/backoff'
import type { Queryable } from '@relevo/outbox'
import { type Progress, readProgress } from './sql/readProgress.ts'
import { wakeSubscriptions } from './sql/wake.ts'

export interface VersionWaiterOptions {
  /** Pause between two queries of the checkpoint while anybody waits, in milliseconds; default 10. */
  readonly pollMs?: number
  /** Called when a query, or waking the subscription, fails; both are retried until the deadline. */
  readonly onError?: (error: unknown) => void
}

/** An awaited version, and its progress. */
interface Awaited {
  readonly stream: string
  readonly version: number
  progress: Progress
}

/** At most one wake-up in this time, in milliseconds: more would only slow commits. */
const wakeEveryMs = 50

/**
 * Read-your-writes for a read model: waits until a subscription has applied an event, by its stream's version. One query
 * serves all waiting callers, and none is sent while nobody waits.
 */
export class VersionWaiter {
  readonly #client: Queryable
  readonly #subscription: string
  readonly #options: Required<VersionWaiterOptions>
  readonly #waiters: Waiters<Awaited>
  #wokenAt = Number.NEGATIVE_INFINITY

  /** @param client a pool that stays open until the last `wait` has returned; its owner closes it. */
  constructor(client: Queryable, subscription: string, options: VersionWaiterOptions = {}) {
    this.#client = client
    this.#subscription = subscription
    this.#options = { pollMs: 10, onError: () => {}, ...options }
    this.#waiters = createWaiters({ ...this.#options, look: (waiting) => this.#look(waiting) })
  }

  /**
   * Waits until the version of the stream is applied, at most `timeoutMs`, and returns its progress. Not for event
   * numbers across streams: an applied one does not mean that every lower one is. Never rejects.
   */
  async wait(stream: string, version: number, timeoutMs: number): Promise<Progress> {
    if (version <= 0) return 'applied'
    const awaited: Awaited = { stream, version, progress: 'absent' }
    await this.#waiters.wait(awaited, timeoutMs)
    return awaited.progress
  }

  /** Resolves every pending wait with the known progress. */
  stop(): void {
    this.#waiters.end()
  }

  async #look(waiting: readonly Waiting<Awaited>[]): Promise<void> {
    const items = waiting.map(({ item }) => item)
    const progress = await readProgress(this.#client, this.#subscription, items)
    let open = 0
    for (const [index, { item, settle }] of waiting.entries()) {
      item.progress = progress[index] ?? item.progress
      if (item.progress === 'applied' || item.progress === 'blocked') settle()
      else open += 1
    }
    if (open > 0) await this.#wake()
  }

  async #wake(): Promise<void> {
    if (performance.now() - this.#wokenAt < wakeEveryMs) return
    this.#wokenAt = performance.now()
    await wakeSubscriptions(this.#client).catch(this.#options.onError)
  }
}
