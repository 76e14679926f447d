import { type Look, latenessOf, type OutboxWork } from './look.ts'

//            two looks alike                    two looks alike
//  healthy ──────────────────> unhealthy, down ──────────────────> healthy
//     └── the monitor cannot look: unknown ── the next look ──────────┘
export const healthStates = ['healthy', 'unhealthy', 'down', 'unknown'] as const
export type HealthState = (typeof healthStates)[number]

/** Why a service is not healthy: a short text of a closed set, so that history stays small. */
export const causes = [
  '', // healthy
  'database', // it cannot reach its database
  'kafka', // it cannot reach Kafka
  'not-ready',
  'stalled', // a relay whose loop does not turn, or whose shards stand still
  'late-delivery', // events wait in the outbox for too long
  'late-effects', // events wait in Kafka for too long
  'refused', // nobody listens
  'timeout',
  'hung', // it takes connections, and does not answer
  'broken', // the connection, or the answer
  'unknown-host',
  'unseen', // the monitor could not look
  'unwatched', // no monitor ran, or since one does the service has not answered
] as const
export type HealthCause = (typeof causes)[number]

/** What one look means. */
export interface Verdict {
  readonly state: HealthState
  readonly cause: HealthCause
  /** For people, with the figures. */
  readonly reason: string
}

/** A consumer group of the service, as Kafka shows it. */
export interface GroupDelay {
  readonly group: string
  readonly lagSeconds: number
}

export interface Limits {
  /** Work that has waited for longer is late. */
  readonly lateSeconds: number
}

const healthy: Verdict = { state: 'healthy', cause: '', reason: 'works' }

/** What a look says, given what was known before: who is late stays late until it waits for half as long. */
export function judge(
  look: Look,
  groups: readonly GroupDelay[],
  before: Pick<Verdict, 'cause'> | undefined,
  { lateSeconds }: Limits,
): Verdict {
  if (look.kind === 'unseen') return { state: 'unknown', cause: 'unseen', reason: look.detail }
  if (look.kind === 'failed')
    return { state: look.code === 'hung' ? 'unhealthy' : 'down', cause: look.code, reason: look.detail }
  const limitFor = (cause: HealthCause) => (before?.cause === cause ? lateSeconds / 2 : lateSeconds)
  const unhealthy = (cause: HealthCause, reason: string): Verdict => ({ state: 'unhealthy', cause, reason })
  const unready = unreadyCause(look.problems)
  if (unready) return unhealthy(unready, `is not ready: ${look.problems.join(', ')}`)
  const { outboxes } = look.work
  const stalled = outboxes.find((outbox) => isStalled(outbox, limitFor('stalled')))
  if (stalled) return unhealthy('stalled', `the relay of ${stalled.name} stands still`)
  const waiting = (found: OutboxWork) => {
    const what = found.oldestSeconds < latenessOf(found) ? 'canaries' : 'events'
    return `${what} of ${found.name} wait for ${Math.round(latenessOf(found))} s`
  }
  const late = outboxes.find((outbox) => latenessOf(outbox) > limitFor('late-delivery'))
  if (late) return unhealthy('late-delivery', waiting(late))
  const behind = groups.find(({ lagSeconds }) => lagSeconds > limitFor('late-effects'))
  if (behind) return unhealthy('late-effects', `${behind.group} is ${Math.round(behind.lagSeconds)} s behind`)
  return healthy
}

export function isStalled({ loopAgeSeconds, stalledShards }: OutboxWork, limitSeconds: number): boolean {
  return loopAgeSeconds > limitSeconds || stalledShards > 0
}

function unreadyCause(problems: readonly string[]): HealthCause | undefined {
  if (problems.length === 0) return undefined
  if (misses(problems, 'database')) return 'database'
  return misses(problems, 'kafka') ? 'kafka' : 'not-ready'
}

/** Is it this server that is missing, for the service or for one of its outboxes? */
export function misses(problems: readonly string[], server: 'database' | 'kafka'): boolean {
  return problems.some((name) => name === server || name.endsWith(` ${server}`))
}

/** Where a service stands, and what is about to change that. */
export interface Standing extends Verdict {
  /** When the state began, in milliseconds since 1970; so are the other times. */
  readonly since: number
  /** Another verdict than the one that holds, as often as it was found in a row. */
  readonly candidate:
    | { readonly verdict: Verdict; readonly since: number; readonly rounds: number }
    | undefined
  /** When it has ceased to be healthy of late. */
  readonly departures: readonly number[]
}

const steadyRounds = 2
/** How long a service may take to start, when the monitor starts with it. */
const startRounds = 15
const flapMs = 600_000
const patience = { departures: 3, mostRounds: 150 }

/**
 * Where a service stands after a verdict. The first holds at once, unless it is that the service is down: it
 * may only just start. Another state holds once it was found twice in a row, so that one
 * lost request is no outage; who falls ill again and again has to be well for longer each time, so that
 * nothing flaps.
 */
export function nextStanding(before: Standing | undefined, verdict: Verdict, now: number): Standing {
  if (before === undefined && verdict.state === 'down') return notStarted(verdict, now)
  if (before === undefined) return { ...verdict, since: now, candidate: undefined, departures: [] }
  if (verdict.state === before.state && verdict.cause === before.cause)
    return { ...before, reason: verdict.reason, candidate: undefined }
  const { candidate } = before
  const isSame = candidate?.verdict.state === verdict.state
  const rounds = isSame ? candidate.rounds + 1 : 1
  const since = isSame ? candidate.since : now
  const departures = before.departures.filter((time) => now - time < flapMs)
  if (rounds < roundsNeeded(before, verdict, departures.length))
    return { ...before, candidate: { verdict, since, rounds } }
  const left = before.state === 'healthy' ? [...departures, now] : departures
  return { ...verdict, since, candidate: undefined, departures: left }
}

function notStarted(verdict: Verdict, now: number): Standing {
  const candidate = { verdict, since: now, rounds: 1 }
  const reason = 'has not answered yet'
  return { state: 'unknown', cause: 'unwatched', reason, since: now, candidate, departures: [] }
}

/** How often in a row the verdict has to be found. */
export function roundsNeeded(
  before: Pick<Verdict, 'state' | 'cause'>,
  verdict: Pick<Verdict, 'state'>,
  departures: number,
): number {
  if (verdict.state === 'down' && before.cause === 'unwatched') return startRounds
  if (verdict.state !== 'healthy') return before.state === 'unknown' ? 1 : steadyRounds
  const more = Math.max(0, departures - patience.departures)
  if (more === 0 && before.state === 'unknown') return 1
  return Math.min(steadyRounds * 2 ** more, patience.mostRounds)
}

/** Has it begun another stretch of the history? */
export function hasChanged(before: Standing | undefined, after: Standing): boolean {
  return before === undefined || before.state !== after.state || before.cause !== after.cause
}

const severity: Readonly<Record<HealthState, number>> = { healthy: 0, unknown: 1, unhealthy: 2, down: 3 }

/** The worst of these; healthy when there are none. */
export function worstOf(states: readonly HealthState[]): HealthState {
  return states.reduce((a, b) => (severity[b] > severity[a] ? b : a), 'healthy')
}
