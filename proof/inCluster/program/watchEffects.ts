import { setTimeout as delay } from 'node:timers/promises'
import type { Databases } from '../../databases.ts'
import type { ProofSystem } from '../../systems.ts'
import { countEvents, type EventCounts } from '../../waitForQuiet.ts'
import { readTimeline } from './readTimeline.ts'

/** Waits until there are more effects than now. @throws Error when none comes in time. */
export async function waitForEffects(
  databases: Databases,
  system: ProofSystem,
  budgetMs: number,
): Promise<EventCounts> {
  const deadline = performance.now() + budgetMs
  const first = await countEvents(databases, system)
  while (performance.now() < deadline) {
    const now = await countEvents(databases, system)
    if (now.effects > first.effects) return now
    await delay(20)
  }
  throw new Error(`No event took effect in ${budgetMs} ms.`)
}

/** No backlog of a drill is older, in milliseconds. */
const oldestMs = 600_000

/** How many events had been recorded at a time (milliseconds since 1970) and not taken effect. */
export async function countPendingAt(databases: Databases, system: ProofSystem, at: number): Promise<number> {
  const moments = await readTimeline(databases, system, { since: at - oldestMs, contentPrefix: '' })
  return moments.filter(([recordedAt, effectAt]) => recordedAt <= at && (effectAt === null || effectAt > at))
    .length
}
