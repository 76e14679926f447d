import type { Moment } from '../proof/inCluster/program/readTimeline.ts'

/** Times in milliseconds since 1970. */
export interface FaultTimes {
  /** When the fault began. */
  beganAt: number
  /** When its cause was gone, and recovery could begin: for a kill the same time. */
  endedAt: number
  /** Until when all was as usual, where a drill makes a backlog before its fault; default: `beganAt`. */
  usualUntil?: number
}

/** How the system came back. All in milliseconds. */
export interface Recovery {
  /**
   * From the end of the fault to the first delivery to Kafka after the stall; 0 when nothing stalled. Null where no answer of
   * the API tells of deliveries: the first effect is an upper bound.
   */
  firstDeliveryMs: number | null
  /** From the end of the fault to the first effect after the stall; 0 when nothing stalled. */
  firstEffectMs: number
  /** From the end of the fault to the last effect that came late: later than twice `usualDelayMs`; 0 when none did. */
  caughtUpMs: number
  /** The longest time without any effect since the fault began. */
  longestStallMs: number
  /** The longest time from an event's recording to its effect. */
  longestDelayMs: number
  /** No event before the fault took longer to its effect. */
  usualDelayMs: number
}

/** A pause shorter than this, or than an event usually takes, is no stall; a delay shorter than this is not late. */
const promptMs = 1_000

/** Where recovery is counted from: the fault's end, or the first event that the database took after its longest pause. */
export type RecoveryStart = 'faultEnd' | 'databaseBack'

/** What recovery is measured on. */
export interface Observations {
  /** What the database recorded: exact, and nothing had to watch. */
  timeline: readonly Moment[]
  /** When clients learnt that Kafka had an event, in milliseconds since 1970. */
  deliveredAt: readonly number[]
}

/** Measures how the system came back from a fault. */
export function measureRecovery(
  { timeline, deliveredAt }: Observations,
  times: FaultTimes,
  start: RecoveryStart = 'faultEnd',
): Recovery {
  const effects = timeline.flatMap(([, effectAt]) => effectAt ?? []).sort((a, b) => a - b)
  const recordings = timeline.map(([recordedAt]) => recordedAt).sort((a, b) => a - b)
  const back = start === 'databaseBack' ? longestPause(recordings, times.beganAt) : undefined
  const from = back && back.lengthMs >= promptMs ? Math.max(back.endedAt, times.endedAt) : times.endedAt
  const pause = longestPause(effects, times.beganAt)
  const deliveries = [...deliveredAt].sort((a, b) => a - b)
  const usualDelayMs = longestDelayBefore(timeline, times.usualUntil ?? times.beganAt)
  const late = lateEffects(timeline, times.beganAt, Math.max(promptMs, 2 * usualDelayMs))
  const stallMs = Math.max(promptMs, usualDelayMs)
  return {
    firstDeliveryMs:
      deliveries.length === 0 ? null : firstAfter(longestPause(deliveries, times.beganAt), from, stallMs),
    firstEffectMs: firstAfter(pause, from, stallMs),
    caughtUpMs: Math.max(0, Math.max(from, ...late) - from),
    longestStallMs: pause.lengthMs,
    longestDelayMs: timeline.reduce((most, [at, effectAt]) => Math.max(most, (effectAt ?? at) - at), 0),
    usualDelayMs,
  }
}

interface Pause {
  endedAt: number
  lengthMs: number
}

function firstAfter({ endedAt, lengthMs }: Pause, from: number, stallMs: number): number {
  return lengthMs >= stallMs ? Math.max(0, endedAt - from) : 0
}

/** The longest pause that ends after `since`. */
function longestPause(times: readonly number[], since: number): Pause {
  let longest = { endedAt: since, lengthMs: 0 }
  for (const [n, time] of times.entries()) {
    const lengthMs = time - (times[n - 1] ?? time)
    if (time > since && lengthMs > longest.lengthMs) longest = { endedAt: time, lengthMs }
  }
  return longest
}

function longestDelayBefore(timeline: readonly Moment[], beganAt: number): number {
  return timeline.reduce(
    (most, [at, effectAt]) =>
      effectAt !== null && effectAt < beganAt ? Math.max(most, effectAt - at) : most,
    0,
  )
}

function lateEffects(timeline: readonly Moment[], beganAt: number, lateMs: number): number[] {
  return timeline.flatMap(([at, effectAt]) =>
    effectAt !== null && effectAt > beganAt && effectAt - at > lateMs ? effectAt : [],
  )
}
