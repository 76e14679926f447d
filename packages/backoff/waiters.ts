import { setTimeout as delay } from 'node:timers/promises'

export interface WaitersOptions<Item> {
  /** Looks for all of them by one query, notes in each what it found, and settles those whose wait is over. */
  look(waiting: readonly Waiting<Item>[]): Promise<void>
  /** Pause between two looks, in milliseconds. */
  readonly pollMs: number
  /** Told of a look that has failed: nobody's wait is over by that. */
  onError(error: unknown): void
}

export interface Waiting<Item> {
  readonly item: Item
  settle(): void
}

/** Those who wait for something in a database. */
export interface Waiters<Item> {
  /** Resolves when a look has settled it, or after the time. Never rejects. */
  wait(item: Item, timeoutMs: number): Promise<void>
  /** Ends every wait. */
  end(): void
}

const pauseAfterErrorMs = 100

/** However many wait, one look at a time is for all of them, and there is none while nobody waits. */
export function createWaiters<Item>({ look, pollMs, onError }: WaitersOptions<Item>): Waiters<Item> {
  const waiting = new Set<Waiting<Item>>()
  let isPolling = false

  async function lookOnce(): Promise<void> {
    try {
      await look([...waiting])
      if (waiting.size > 0) await delay(pollMs)
    } catch (error) {
      onError(error)
      await delay(pauseAfterErrorMs)
    }
  }

  async function poll(): Promise<void> {
    isPolling = true
    while (waiting.size > 0) await lookOnce()
    isPolling = false
  }

  function wait(item: Item, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const settle = () => {
        clearTimeout(timer)
        waiting.delete(each)
        resolve()
      }
      const each: Waiting<Item> = { item, settle }
      const timer = setTimeout(settle, timeoutMs)
      waiting.add(each)
      if (!isPolling) void poll()
    })
  }

  return {
    wait,
    end: () => {
      for (const { settle } of waiting) settle()
    },
  }
}
