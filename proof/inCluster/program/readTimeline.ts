import { entryFlow } from '../../../systems/parts.ts'
import type { System } from '../../../systems/system.ts'
import type { Databases } from '../../databases.ts'
import { listRecordings } from '../../flowSql.ts'
import { postPrefix } from './contents.ts'

/**
 * When an event was recorded, and when it took effect (null: not yet), in milliseconds since 1970; and whether it came by
 * the API.
 */
export type Moment = [recordedAt: number, effectAt: number | null, posted: boolean]

export interface TimelineSpec {
  /** In milliseconds since 1970. */
  since: number
  contentPrefix: string
}

interface RecordingRow {
  event_id: string
  recorded_at: number
  posted: boolean
}

interface EffectRow {
  event_id: string
  effect_at: number
}

/** The events of the entry's flow recorded since a time, all times by the clock of the databases' server. Errors: pg's. */
export async function readTimeline(
  { outbox, effects }: Databases,
  system: System,
  { since, contentPrefix }: TimelineSpec,
): Promise<Moment[]> {
  const { entry } = system
  const values = [since, entry.topic.name, postPrefix(contentPrefix)]
  const recorded = await outbox.query<RecordingRow>(listRecordings(entry.content), values)
  const had = await effects.query<EffectRow>(entryFlow(system).effects.times, [since])
  const effectAt = new Map(had.rows.map(({ event_id, effect_at }) => [event_id, Math.round(effect_at)]))
  return recorded.rows.map(({ event_id, recorded_at, posted }) => [
    Math.round(recorded_at),
    effectAt.get(event_id) ?? null,
    posted,
  ])
}
