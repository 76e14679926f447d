import { setTimeout as delay } from 'node:timers/promises'

interface Waiting<Value> {
  readonly id: string
  readonly holds: (value: Value) => boolean
  settle(): void
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
  const waiting = new Set<Waiting<Value>>()
  let isPolling = false

  async function look(): Promise<void> {
    const asked = [...waiting]
    // Trouble of the database is no answer: those who wait look again, until their time is over.
    const values = await read([...new Set(asked.map(({ id }) => id))]).catch(() => new Map<string, Value>())
    for (const each of asked) {
      const value = values.get(each.id)
      if (value !== undefined && each.holds(value)) each.settle()
    }
  }

  async function poll(): Promise<void> {
    isPolling = true
    while (waiting.size > 0) {
      await look()
      if (waiting.size > 0) await delay(pollMs)
    }
    isPolling = false
  }

  return {
    wait: (id, holds, timeoutMs) =>
      new Promise((resolve) => {
        if (signal.aborted || timeoutMs <= 0) return resolve()
        const settle = () => {
          clearTimeout(timer)
          signal.removeEventListener('abort', settle)
          waiting.delete(each)
          resolve()
        }
        const each = { id, holds, settle }
        const timer = setTimeout(settle, timeoutMs)
        signal.addEventListener('abort', settle)
        waiting.add(each)
        if (!isPolling) void poll()
      }),
  }
}
