/** A metric over time, as promtool's tests write it: `0+1x10` begins at 0 and rises by 1 ten times, a minute between two. */
export type Series = Readonly<Record<string, string>>

/** What an alert sees, and when it is looked at. */
export interface Scene {
  readonly series: Series
  /** As `10m`, from the beginning. */
  readonly at: string
}

/** page: somebody is to look at once. ticket: within a day. */
export type Severity = 'page' | 'ticket'

export interface Alert {
  readonly name: string
  readonly severity: Severity
  readonly expr: string
  /** How long it must hold before it fires. */
  readonly for: string
  /** How long it goes on firing when it no longer holds, so that it does not come and go. */
  readonly keepFiringFor?: string
  /** One sentence with what it is about and how much: `{{ $labels.outbox }}`, `{{ $value }}`. */
  readonly summary: string
  /** What it means for those who use the system. */
  readonly impact: string
  /** A file of docs/runbooks, without `.md`. */
  readonly runbook: string
  /** It fires in this one, and not in that one: tests of promtool. */
  readonly fires: Scene
  readonly quiet: Scene
}

export interface Recording {
  readonly record: string
  readonly expr: string
}

/** Rules that are evaluated together, in order. */
export interface AlertGroup {
  readonly name: string
  readonly recordings?: readonly Recording[]
  readonly alerts: readonly Alert[]
}
