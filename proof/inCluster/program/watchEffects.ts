import { setTimeout as delay } from 'node:timers/promises'
import { entryFlow } from '../../../systems/parts.ts'
import type { System } from '../../../systems/system.ts'
import type { Databases } from '../../databases.ts'
import { countEvents, type EventCounts } from '../../waitForQuiet.ts'
import { readTimeline } from './readTimeline.ts'

/** Waits until there are more effects than now. @throws Error when none comes in time. */
export async function waitForEffects(
  databases: Databases,
  system: System,
  budgetMs: number,
): Promise<EventCounts> {
  const deadline = performance.now() + budgetMs
  const flow = entryFlow(system)
  const first = await countEvents(databases, flow)
  while (performance.now() < deadline) {
    const now = await countEvents(databases, flow)
    if (now.effects > first.effects) return now
    await delay(20)
  }
  throw new Error(`No event took effect in ${budgetMs} ms.`)
}

/** No backlog of a drill is older, in milliseconds. */
const oldestMs = 600_000

/** How many events had been recorded at a time (milliseconds since 1970) and not taken effect. */
export async function countPendingAt(databases: Databases, system: System, at: number): Promise<number> {
  const moments = await readTimeline(databases, system, { since: at - oldestMs, contentPrefix: '' })
  return moments.filter(([recordedAt, effectAt]) => recordedAt <= at && (effectAt === null || effectAt > at))
    .length
}
