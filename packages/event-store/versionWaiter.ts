import { setTimeout as delay } from 'node:timers/promises'
import type { Queryable } from '@relevo/outbox'
import { type Progress, readProgress } from './sql/readProgress.ts'
import { wakeSubscriptions } from './sql/wake.ts'

export interface VersionWaiterOptions {
  /** Pause between two looks at the checkpoint while anybody waits, in milliseconds; default 10. */
  readonly pollMs?: number
  /** Told when a look, or waking the subscription, fails; it is tried again until the deadline. */
  readonly onError?: (error: unknown) => void
}

interface Waiter {
  readonly stream: string
  readonly version: number
  progress: Progress
  settle(): void
}

/** How long a wake-up serves, in milliseconds: more would only cost commits. */
const wakeEveryMs = 50
const pauseAfterErrorMs = 100

/**
 * Read-your-writes of a read model: waits until a subscription has applied an event, by its stream's version. However many
 * wait, one query looks for all of them, and none is sent while nobody waits.
 */
export class VersionWaiter {
  readonly #client: Queryable
  readonly #subscription: string
  readonly #options: Required<VersionWaiterOptions>
  readonly #waiters = new Set<Waiter>()
  #polling = false
  #wokenAt = Number.NEGATIVE_INFINITY

  /** @param client a pool that stays open until the last `wait` has returned; its owner closes it. */
  constructor(client: Queryable, subscription: string, options: VersionWaiterOptions = {}) {
    this.#client = client
    this.#subscription = subscription
    this.#options = { pollMs: 10, onError: () => {}, ...options }
  }

  /**
   * Waits until the version of the stream is applied, at most `timeoutMs`, and tells what has become of it. Not for a global
   * position: an applied one does not mean that everything before it is. Never rejects.
   */
  wait(stream: string, version: number, timeoutMs: number): Promise<Progress> {
    if (version <= 0) return Promise.resolve('applied')
    return new Promise((resolve) => {
      const waiter: Waiter = {
        stream,
        version,
        progress: 'absent',
        settle: () => {
          clearTimeout(timer)
          this.#waiters.delete(waiter)
          resolve(waiter.progress)
        },
      }
      const timer = setTimeout(waiter.settle, timeoutMs)
      this.#waiters.add(waiter)
      if (!this.#polling) void this.#poll()
    })
  }

  /** Answers all who still wait by what is known. */
  stop(): void {
    for (const waiter of this.#waiters) waiter.settle()
  }

  async #poll(): Promise<void> {
    this.#polling = true
    while (this.#waiters.size > 0) await this.#look()
    this.#polling = false
  }

  async #look(): Promise<void> {
    try {
      await this.#settleKnown([...this.#waiters])
      if (this.#waiters.size === 0) return
      await this.#wake()
      await delay(this.#options.pollMs)
    } catch (error) {
      this.#options.onError(error)
      await delay(pauseAfterErrorMs)
    }
  }

  async #wake(): Promise<void> {
    if (performance.now() - this.#wokenAt < wakeEveryMs) return
    this.#wokenAt = performance.now()
    await wakeSubscriptions(this.#client).catch(this.#options.onError)
  }

  async #settleKnown(waiters: readonly Waiter[]): Promise<void> {
    const progress = await readProgress(this.#client, this.#subscription, waiters)
    for (const [index, waiter] of waiters.entries()) {
      waiter.progress = progress[index] ?? waiter.progress
      if (waiter.progress === 'applied' || waiter.progress === 'blocked') waiter.settle()
    }
  }
}
