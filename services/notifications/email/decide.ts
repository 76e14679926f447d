import { type BackoffBounds, backoffMs } from '@relevo/backoff'
import type { Failure, Outcome } from './outcome.ts'
import type { Attempted, Settled } from './sql/settleNotification.ts'

export interface AttemptLimits {
  readonly attempts: number
  readonly backoff: BackoffBounds
  /** How long a notification waits for a mail server that is away. */
  readonly unavailableMs: number
}

/** No attempt makes these better. */
const permanent: readonly Failure[] = [
  'REFUSED',
  'EXPIRED',
  'INVALID_ADDRESS',
  'UNKNOWN_TEMPLATE',
  'INVALID_DATA',
]

type State = Pick<Attempted, 'state' | 'attempts' | 'doubtful' | 'awayMs' | 'othersSent'>

/**
 * What becomes of a notification after an attempt; undefined: nothing, since the attempt has been settled without its answer.
 * @param pauseMs until the mail server is tried again.
 */
export function decide(
  before: State,
  outcome: Outcome,
  limits: AttemptLimits,
  pauseMs = 0,
): Settled | undefined {
  const late = before.state === 'unknown'
  const attempts = before.attempts + (late ? 0 : 1)
  if (outcome.sent) {
    const doubtful = before.doubtful - (late ? 1 : 0) // that one is certain now
    return { state: 'sent', delayMs: 0, attempts, doubtful, away: 'no', reason: null, detail: null }
  }
  if (late) return undefined
  const { reason, detail } = outcome
  if (reason === 'UNAVAILABLE') return waitForServer(before, { reason, detail }, limits, pauseMs)
  const doubtful = before.doubtful + (reason === 'ANSWER_LOST' ? 1 : 0)
  const facts = { attempts, doubtful, away: 'no', reason, detail } as const
  if (permanent.includes(reason) || attempts >= limits.attempts)
    return { state: 'dead', delayMs: 0, ...facts }
  const delayMs = backoffMs(attempts, limits.backoff)
  return { state: reason === 'ANSWER_LOST' ? 'unknown' : 'queued', delayMs, ...facts }
}

/** A server that is away costs no attempt, unless it was there for others meanwhile: then it is this one that it fails at. */
function waitForServer(
  { attempts: before, doubtful, awayMs, othersSent }: State,
  told: Pick<Settled, 'reason' | 'detail'>,
  { attempts: limit, backoff, unavailableMs }: AttemptLimits,
  pauseMs: number,
): Settled {
  const attempts = before + (othersSent ? 1 : 0)
  const facts = { attempts, doubtful, away: othersSent ? 'again' : 'since', ...told } as const
  if (attempts >= limit || (awayMs ?? 0) >= unavailableMs) return { state: 'dead', delayMs: 0, ...facts }
  return { state: 'queued', delayMs: othersSent ? backoffMs(attempts, backoff) : pauseMs, ...facts }
}
