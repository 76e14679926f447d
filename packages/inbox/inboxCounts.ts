import type { InboxMetrics } from './inboxMetrics.ts'
import type { DeadLetterReason } from './receivedRecord.ts'

/** What an inbox did since it was created, in this process. */
export interface InboxStats {
  readonly processed: number
  readonly duplicates: number
  readonly ignored: number
  readonly retries: number
  readonly deadLetters: number
  /** Events of this consumer that wait for a retry or behind one, as counted last. */
  readonly held: number
  /** Milliseconds since 1970. */
  readonly lastProcessedAt: number | undefined
  /** Since when the handlers' dependency has been away, in milliseconds since 1970; undefined: it is not. */
  readonly unavailableSince: number | undefined
}

/** Counts both for the service's own pages and for the metrics. */
export interface InboxCounts {
  processed(events: Iterable<{ readonly type: string; readonly time: Date }>): void
  duplicates(count: number): void
  ignored(count: number): void
  retried(type: string): void
  dead(reasons: readonly DeadLetterReason[]): void
  databaseFailed(): void
  handled(type: string, seconds: number): void
  waiting(held: number, unpublished: number): void
  stats(): Omit<InboxStats, 'unavailableSince'>
}

export function createInboxCounts(
  consumer: string,
  metrics: InboxMetrics,
  onProcessed: () => void = () => {},
): InboxCounts {
  const stats = {
    processed: 0,
    duplicates: 0,
    ignored: 0,
    retries: 0,
    deadLetters: 0,
    held: 0,
    lastProcessedAt: undefined as number | undefined,
  }
  return {
    processed(events) {
      const now = Date.now()
      const before = stats.processed
      for (const { type, time } of events) {
        stats.processed += 1
        stats.lastProcessedAt = now
        metrics.processed.inc({ consumer, type })
        metrics.delaySeconds.observe({ consumer }, Math.max(0, now - time.getTime()) / 1000)
      }
      if (stats.processed > before) onProcessed()
    },
    duplicates(count) {
      stats.duplicates += count
      metrics.duplicates.inc({ consumer }, count)
    },
    ignored(count) {
      stats.ignored += count
    },
    retried(type) {
      stats.retries += 1
      metrics.retries.inc({ consumer, type })
    },
    dead(reasons) {
      stats.deadLetters += reasons.length
      for (const reason of reasons) metrics.deadLetters.inc({ consumer, reason })
    },
    databaseFailed: () => metrics.databaseFailures.inc({ consumer }),
    handled: (type, seconds) => metrics.handlerSeconds.observe({ consumer, type }, seconds),
    waiting(held, unpublished) {
      stats.held = held
      metrics.held.set({ consumer }, held)
      metrics.unpublished.set({ consumer }, unpublished)
    },
    stats: () => ({ ...stats }),
  }
}
