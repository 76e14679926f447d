import { setTimeout as delay } from 'node:timers/promises'
import { type BackoffBounds, backoffMs } from '@relevo/backoff'
import { InboxError } from './inboxError.ts'
import { tookTooLong } from './transaction.ts'

const databaseBounds: BackoffBounds = { initialMs: 50, maxMs: 10_000 }

export interface PersistOptions {
  readonly signal: AbortSignal
  /** Whether the work is still this consumer's. */
  readonly isStale: () => boolean
  /** How often in succession the transaction may break before `transactionLost` is thrown. */
  readonly breaks: number
  readonly onFailure: (error: unknown, attempts: number) => void
}

/**
 * Repeats the work until the database takes it. Errors: InboxError: `abandoned` when aborted or stale, and those of the
 * work, `transactionLost` when it breaks again and again although the database is there, or takes too long.
 */
export async function persist<T>(work: () => Promise<T>, options: PersistOptions): Promise<T> {
  let breaks = 0
  for (let attempts = 1; ; attempts++) {
    checkOwnership(options)
    try {
      return await work()
    } catch (error) {
      if (error instanceof InboxError && error.code !== 'transactionLost') throw error
      options.onFailure(error, attempts)
      // A database that was away in between has broken the transaction itself.
      breaks = error instanceof InboxError ? breaks + 1 : 0
      if (breaks >= options.breaks || tookTooLong(error)) throw error
      await pause(backoffMs(attempts, databaseBounds), options.signal)
    }
  }
}

function checkOwnership({ signal, isStale }: PersistOptions): void {
  if (signal.aborted || isStale())
    throw new InboxError('abandoned', 'Stopped, or the partition was taken away')
}

/**
 * How often a transaction may break in succession, the database being there, before its records are halved, and before
 * the one that is alone is to blame: a restart breaks each transaction once.
 */
export const breaksOfMany = 2
export const breaksOfOne = 5

/** Waits; an abort ends the wait early, without an error. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined)
}
