import { type BackoffBounds, backoffMs } from '@relevo/backoff'
import { pause } from './retry.ts'

/**
 * Whether the handlers' dependency (a mail server, a receiver of webhooks) is available, as far as this process knows.
 *
 *     there ── an event is `unavailable` ──> away: no event is tried until the pause is over, then one that is held
 *       ^                                     │  ^
 *       └──────────────── it succeeds ────────┘  └── it is `unavailable`: a longer pause
 */
export interface Availability {
  /** Milliseconds until an event may be tried; 0: any. */
  pauseMs(): number
  /** Since when it has been away, in milliseconds since 1970; undefined: it is not. */
  awaySince(): number | undefined
  /** Returns the milliseconds until the next try. */
  failed(retryAfterMs: number | undefined): number
  /** Returns whether it was away. */
  succeeded(): boolean
  /** Resolves when it is back, or after the time. */
  wait(ms: number, signal: AbortSignal): Promise<void>
  /**
   * Whether another event has succeeded since the time: then an event that fails again may itself be the cause, and its
   * attempts count.
   */
  hasSucceededSince(time: number): boolean
}

/** Receivers sometimes ask for longer pauses; at most an hour is granted. */
const maxRetryAfterMs = 3_600_000

export function createAvailability(bounds: BackoffBounds, now: () => number = Date.now): Availability {
  let since: number | undefined
  let failures = 0
  let until = 0
  let lastSuccess = 0
  let back = Promise.withResolvers<void>()
  return {
    pauseMs: () => (since === undefined ? 0 : Math.max(0, until - now())),
    awaySince: () => since,
    failed(retryAfterMs = 0) {
      since ??= now()
      failures += 1
      const pauseMs = Math.max(backoffMs(failures, bounds), Math.min(retryAfterMs, maxRetryAfterMs))
      until = now() + pauseMs
      return pauseMs
    },
    succeeded() {
      const wasAway = since !== undefined
      since = undefined
      failures = 0
      lastSuccess = now()
      if (wasAway) {
        back.resolve()
        back = Promise.withResolvers()
      }
      return wasAway
    },
    async wait(ms, signal) {
      const bound = new AbortController()
      await Promise.race([pause(ms, AbortSignal.any([signal, bound.signal])), back.promise])
      bound.abort()
    },
    hasSucceededSince: (time) => lastSuccess > time,
  }
}
