import { createWaiters } from '@relevo/backoff'

interface Wish<Value> {
  readonly id: string
  readonly holds: (value: Value) => boolean
}

/** Waits until something in the database is as wished. */
export interface Waiter<Value> {
  /** Resolves when the value of `id` is as wished, or after the time: the caller looks which. Never rejects. */
  wait(id: string, holds: (value: Value) => boolean, timeoutMs: number): Promise<void>
}

interface WaiterOptions {
  /** Ends every wait. */
  readonly signal: AbortSignal
  /** Pause between two looks while anybody waits. */
  readonly pollMs?: number
}

/** However many wait, one query at a time looks for all of them, and none is sent while nobody waits. */
export function createWaiter<Value>(
  read: (ids: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
  { signal, pollMs = 15 }: WaiterOptions,
): Waiter<Value> {
  const waiters = createWaiters<Wish<Value>>({
    look: async (waiting) => {
      const values = await read([...new Set(waiting.map(({ item }) => item.id))])
      for (const { item, settle } of waiting) {
        const value = values.get(item.id)
        if (value !== undefined && item.holds(value)) settle()
      }
    },
    pollMs,
    // Trouble of the database is no answer: those who wait look again, until their time is over.
    onError: () => undefined,
  })
  signal.addEventListener('abort', waiters.end, { once: true })
  return {
    wait: async (id, holds, timeoutMs) => {
      if (!signal.aborted && timeoutMs > 0) await waiters.wait({ id, holds }, timeoutMs)
    },
  }
}
