import { setTimeout as delay } from 'node:timers/promises'
import { createAdmin, type KafkaConfig } from '@relevo/kafka'
import type pg from 'pg'
import { countEvents } from './sql.ts'

export interface QuietOptions {
  pool: pg.Pool
  kafka: KafkaConfig
  topics: readonly string[]
  groupId: string
  /** How long to wait at most, in milliseconds. */
  budgetMs: number
}

/**
 * Waits until every recorded event has had its effect and the consumers have committed all they read. What keeps
 * failing, or is still missing when the budget is over, is for the check that follows to tell.
 * @returns whether it is quiet, and how long that took in milliseconds.
 */
export async function waitForQuiet(options: QuietOptions): Promise<{ quiet: boolean; waitedMs: number }> {
  const beganAt = performance.now()
  const admin = createAdmin(options.kafka)
  try {
    for (;;) {
      // A server that is not back yet is not quiet.
      const quiet = await isQuiet(options, admin).catch(() => false)
      const waitedMs = Math.round(performance.now() - beganAt)
      if (quiet || waitedMs > options.budgetMs) return { quiet, waitedMs }
      await delay(500)
    }
  } finally {
    await admin.close()
  }
}

async function isQuiet(
  { pool, groupId, topics }: QuietOptions,
  admin: ReturnType<typeof createAdmin>,
): Promise<boolean> {
  const { rows } = await pool.query<{ recorded: number; effects: number }>(countEvents)
  if (!rows[0] || rows[0].recorded > rows[0].effects) return false
  const partitions = await admin.groupLag(groupId, topics)
  return partitions.every(({ lag }) => lag === 0)
}
