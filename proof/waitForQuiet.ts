import { setTimeout as delay } from 'node:timers/promises'
import { createAdmin, type KafkaConfig } from '@relevo/kafka'
import type { Databases } from './databases.ts'
import { countRecorded, type ProofSystem } from './systems.ts'

export interface QuietOptions {
  system: ProofSystem
  databases: Databases
  kafka: KafkaConfig
  /** How long to wait at most, in milliseconds. */
  budgetMs: number
}

/** Events of a system. */
export interface EventCounts {
  recorded: number
  effects: number
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
  { databases, system }: QuietOptions,
  admin: ReturnType<typeof createAdmin>,
): Promise<boolean> {
  const { recorded, effects } = await countEvents(databases, system)
  if (recorded > effects) return false
  const partitions = await admin.groupLag(system.groupId, [system.topic])
  return partitions.every(({ lag }) => lag === 0)
}

/** How many events are recorded, and how many have had their effect. Errors: pg's. */
export async function countEvents(
  { outbox, effects }: Databases,
  { topic, countEffects }: ProofSystem,
): Promise<EventCounts> {
  const [recorded, had] = await Promise.all([
    outbox.query<{ recorded: number }>(countRecorded, [topic]),
    effects.query<{ effects: number }>(countEffects),
  ])
  return { recorded: recorded.rows[0]?.recorded ?? 0, effects: had.rows[0]?.effects ?? 0 }
}
