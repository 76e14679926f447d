import { setTimeout as delay } from 'node:timers/promises'
import { InboxError } from './inboxError.ts'

export interface RetryBounds {
  readonly initialDelayMs: number
  readonly maxDelayMs: number
}

/** The pause after the `attempts`-th failure in milliseconds: doubling, with jitter of a half. */
export function retryDelayMs(
  attempts: number,
  bounds: RetryBounds,
  random: () => number = Math.random,
): number {
  const full = Math.min(bounds.maxDelayMs, bounds.initialDelayMs * 2 ** Math.min(attempts - 1, 30))
  return Math.round(full * (0.5 + random() / 2))
}

const databaseBounds: RetryBounds = { initialDelayMs: 50, maxDelayMs: 10_000 }

export interface PersistOptions {
  readonly signal: AbortSignal
  /** Whether the work is still this consumer's. */
  readonly isStale: () => boolean
  readonly onFailure: (error: unknown, attempts: number) => void
}

/**
 * Repeats the work until the database takes it. Errors: InboxError, which is never the database's: `handlerFailed` and
 * `rejected` from the work, `abandoned` when aborted or stale.
 */
export async function persist<T>(work: () => Promise<T>, options: PersistOptions): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    if (options.signal.aborted || options.isStale()) {
      throw new InboxError('abandoned', 'Stopped, or the partition was taken away')
    }
    try {
      return await work()
    } catch (error) {
      if (error instanceof InboxError) throw error
      options.onFailure(error, attempts)
      await pause(retryDelayMs(attempts, databaseBounds), options.signal)
    }
  }
}

/** Waits; an abort ends it early, without an error. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined)
}
