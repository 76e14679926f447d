import type { HealthCause, HealthState } from './health.ts'

/** A stretch of time in which a service stood in one state. */
export interface Interval {
  readonly state: HealthState
  readonly cause: HealthCause
  readonly startedAt: Date
  /** Undefined: it lasts. */
  readonly endedAt: Date | undefined
}

/** How long each state has lasted. */
export type StateSeconds = Readonly<Record<HealthState, number>>

/**
 * The share of the time in which the service has answered, in percent with three decimals. Time that nobody
 * watched does not count; null when that is all there is.
 */
export function uptimePercent({ healthy, unhealthy, down }: StateSeconds): number | null {
  const known = healthy + unhealthy + down
  if (known === 0) return null
  // Rounded down: 100 means that it was never down.
  return Math.floor(((healthy + unhealthy) / known) * 100_000) / 1_000
}
