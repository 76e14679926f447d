import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import type { Logger } from '../../process/logger.ts'
import { removeExpired } from './sql/removeExpired.ts'

interface RemovalParts {
  readonly pool: pg.Pool
  readonly logger: Logger
  readonly signal: AbortSignal
}

const stepSize = 1_000
const lookEveryMs = 60_000

/** Removes keys that have expired, step by step, until the signal. Never rejects; what fails is tried a minute later. */
export async function keepRemovingExpired({ pool, logger, signal }: RemovalParts): Promise<void> {
  while (!signal.aborted) {
    const removed = await removeExpired(pool, stepSize).catch((error: unknown) => {
      logger.warn({ err: error }, 'expired idempotency keys cannot be removed')
      return 0
    })
    if (removed < stepSize) await delay(lookEveryMs, undefined, { signal }).catch(() => {})
  }
}
