import type { Environment } from '../config/loadConfig.ts'

/** Half of what the lock table of a Postgres as it is installed has room for: max_locks_per_transaction × max_connections. */
const mostLocks = 3_200

/**
 * Checks a service whose batches lock each of their keys by `lockKeys`: all that it may handle at the same time must fit into the
 * lock table, which the whole server shares. @param defaults what the variables are without a value.
 */
export function checkBatches(defaults: {
  readonly batchSize: number
  readonly concurrency?: number
}): (env: Environment) => string[] {
  return ({ BATCH_SIZE: size, CONCURRENCY: concurrency }) => {
    const locks = Number(size || defaults.batchSize) * Number(concurrency || (defaults.concurrency ?? 3))
    if (!(locks > mostLocks)) return []
    return [
      `BATCH_SIZE × CONCURRENCY must be at most ${mostLocks}, since Postgres has no room for ${locks} locks of keys: lower one of them`,
    ]
  }
}
