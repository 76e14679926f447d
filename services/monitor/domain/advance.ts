import { type AlertBook, advanceAlerts, emptyBook, type LookTime } from './alerts.ts'
import { type Cause, type Facts, findCauses, type SeenGroup, type View } from './causes.ts'
import {
  type HealthCause,
  type HealthState,
  hasChanged,
  judge,
  nextStanding,
  type Standing,
} from './health.ts'
import type { Look } from './look.ts'

/** What the monitor knows from one round to the next. */
export interface World {
  readonly standings: ReadonlyMap<string, Standing>
  readonly alerts: AlertBook
}

/** Whether every service is well, and nothing is about to change that. A process that does not look has a steady world. */
export function isSteady(world: World | undefined): boolean {
  const standings = [...(world?.standings.values() ?? [])]
  return standings.every(({ state, candidate }) => state === 'healthy' && candidate === undefined)
}

export const emptyWorld: World = { standings: new Map(), alerts: emptyBook }

/** What one round has found. */
export interface Observation {
  readonly looks: ReadonlyMap<string, Look>
  readonly groups: readonly SeenGroup[]
  readonly reaches: View['reaches']
  readonly facts: Facts
}

/** Changes that are stored and sent to listeners. Times are milliseconds since 1970. */
export type Change =
  | {
      readonly kind: 'health'
      readonly service: string
      readonly state: HealthState
      readonly cause: HealthCause
      readonly reason: string
      readonly since: number
    }
  | { readonly kind: 'alert_opened' | 'alert_resolved'; readonly at: number; readonly alert: AlertFacts }

export interface AlertFacts extends Cause {
  readonly openedAt: number
}

/** The world after a round, and what has changed. */
export function advance(
  before: World,
  { looks, groups, reaches, facts }: Observation,
  { limits, now, everyMs }: LookTime & { readonly limits: View['limits'] },
): { readonly world: World; readonly changes: readonly Change[] } {
  const standings = new Map<string, Standing>()
  for (const [name, look] of looks) {
    const old = before.standings.get(name)
    const own = groups.filter(({ service }) => service === name)
    standings.set(name, nextStanding(old, judge(look, own, old, limits), now))
  }
  const services = [...standings].map(([name, standing]) => {
    const unseen: Look = { kind: 'unseen', detail: '' }
    return { name, standing, look: looks.get(name) ?? unseen }
  })
  const open = new Set(before.alerts.open.keys())
  const view = { services, groups, open, reaches, facts, limits }
  const { book, opened, resolved } = isBlind(looks)
    ? { book: before.alerts, opened: [], resolved: [] }
    : advanceAlerts(before.alerts, findCauses(view), { now, everyMs })
  const changes: Change[] = [
    ...[...standings].flatMap(([name, standing]) => healthChange(name, before.standings.get(name), standing)),
    ...opened.map(
      ({ cause, openedAt }): Change => ({ kind: 'alert_opened', at: now, alert: { ...cause, openedAt } }),
    ),
    ...resolved.map(
      ({ cause, openedAt }): Change => ({ kind: 'alert_resolved', at: now, alert: { ...cause, openedAt } }),
    ),
  ]
  return { world: { standings, alerts: book }, changes }
}

function healthChange(service: string, before: Standing | undefined, after: Standing): Change[] {
  if (!hasChanged(before, after)) return []
  const { state, cause, reason, since } = after
  return [{ kind: 'health', service, state, cause, reason, since }]
}

/** Cannot the monitor see anything? Then nothing can be said of alerts either. */
export function isBlind(looks: ReadonlyMap<string, Look>): boolean {
  const all = [...looks.values()]
  return all.length > 0 && all.every(({ kind }) => kind === 'unseen')
}
