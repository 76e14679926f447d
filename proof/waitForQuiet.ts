import { setTimeout as delay } from 'node:timers/promises'
import { type Admin, createAdmin, type KafkaConfig } from '@relevo/kafka'
import { effectsOf, outboxOf } from '../systems/parts.ts'
import type { Flow, System } from '../systems/system.ts'
import type { Databases } from './databases.ts'
import { countRecorded } from './flowSql.ts'

/** A flow, and connections to what it is made of. */
export interface OpenFlow {
  readonly flow: Flow
  readonly databases: Databases
}

export interface QuietOptions {
  readonly system: System
  readonly flows: readonly OpenFlow[]
  readonly kafka: KafkaConfig
  /** How long to wait at most, in milliseconds. */
  readonly budgetMs: number
}

export interface Quiet {
  readonly quiet: boolean
  /** How long it took, in milliseconds. */
  readonly waitedMs: number
  /** How often it had to look. */
  readonly looks: number
}

/** Events of a flow. */
export interface EventCounts {
  readonly recorded: number
  readonly effects: number
}

/**
 * Waits until every recorded event has had its effect, nothing of the system is under way by itself, and the consumers have committed all they read, in all flows at
 * once: effects may record events of another flow. Persistent failures are left to the check that follows.
 */
export async function waitForQuiet({ system, flows, kafka, budgetMs }: QuietOptions): Promise<Quiet> {
  const beganAt = performance.now()
  const admin = createAdmin(kafka)
  let before: string | undefined
  try {
    for (let looks = 1; ; looks++) {
      // A server that is not back yet is not quiet.
      const now = await quietCounts(system, flows, admin).catch(() => undefined)
      const waitedMs = Math.round(performance.now() - beganAt)
      const quiet = now !== undefined && (flows.length === 1 || now === before)
      if (quiet || waitedMs > budgetMs) return { quiet, waitedMs, looks }
      before = now
      await delay(500)
    }
  } finally {
    await admin.close()
  }
}

/** The counts of all flows; undefined when one of them is not quiet. */
async function quietCounts(
  system: System,
  flows: readonly OpenFlow[],
  admin: Admin,
): Promise<string | undefined> {
  const counts: EventCounts[] = []
  for (const { flow, databases } of flows) {
    const count = await countEvents(databases, flow)
    if (count.recorded > count.effects || (await isUnderWay(system, flow, databases))) return undefined
    const partitions = await admin.groupLag(flow.group, [flow.topic.name])
    if (partitions.some(({ lag }) => lag !== 0)) return undefined
    counts.push(count)
  }
  return JSON.stringify(counts)
}

async function isUnderWay(system: System, flow: Flow, { outbox, effects }: Databases): Promise<boolean> {
  for (const { database, count } of system.underWay ?? []) {
    const reached =
      outboxOf(system, flow.topic) === database
        ? outbox
        : effectsOf(system, flow) === database
          ? effects
          : undefined
    const { rows } = (await reached?.query<{ count: number }>(count)) ?? { rows: [] }
    if (Number(rows[0]?.count ?? 0) > 0) return true
  }
  return false
}

/** How many events are recorded, and how many have had their effect. Errors: pg's. */
export async function countEvents(
  { outbox, effects }: Databases,
  { topic, effects: { count } }: Flow,
): Promise<EventCounts> {
  const [recorded, had] = await Promise.all([
    outbox.query<{ recorded: number }>(countRecorded, [topic.name]),
    effects.query<{ effects: number }>(count),
  ])
  return { recorded: recorded.rows[0]?.recorded ?? 0, effects: had.rows[0]?.effects ?? 0 }
}
