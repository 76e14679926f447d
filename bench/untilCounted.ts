import { setTimeout as delay } from 'node:timers/promises'
import type { QueryConfig } from 'pg'
import type { BenchProcess } from './benchProcess.ts'
import type { BenchOutbox } from './testBed.ts'

interface Counting {
  /** Counts what is done so far, as `counted`. */
  readonly statement: QueryConfig
  readonly lookEveryMs: number
  /** Does the work: an error when it has ended. */
  readonly process: BenchProcess
  readonly signal: AbortSignal
}

/** Resolves when at least so many are counted: to how many are. */
export async function untilCounted(
  { pool }: BenchOutbox,
  count: number,
  { statement, lookEveryMs, process, signal }: Counting,
): Promise<number> {
  for (;;) {
    const { counted } = (await pool.query(statement)).rows[0]
    if (counted >= count) return counted
    process.check()
    await delay(lookEveryMs, undefined, { signal })
  }
}
