import { setTimeout as delay } from 'node:timers/promises'
import { backoffMs, createIdlePause, createWorkLoop } from '@relevo/backoff'
import { type Availability, createAvailability } from '@relevo/inbox'
import { isUnavailable, type Logger } from '@relevo/kit'
import type pg from 'pg'
import { type AttemptSettings, attempt } from './attempt.ts'
import type { Mailer } from './mailer.ts'
import type { NotificationMetrics } from './metrics.ts'
import { failed, type Outcome } from './outcome.ts'
import { type SettleContext, settle } from './settle.ts'
import {
  type Claimed,
  claimNotifications,
  extendLease,
  findNextDue,
  listOverdue,
} from './sql/claimNotifications.ts'
import { countOpen } from './sql/countNotifications.ts'
import { deleteEnded } from './sql/deleteEnded.ts'
import type { Settled } from './sql/settleNotification.ts'
import { tellOutcome } from './tellOutcome.ts'

export interface DispatcherOptions extends SettleContext {
  readonly pool: pg.Pool
  readonly mailer: Mailer
  readonly settings: AttemptSettings
  /** Mails sent at the same time. */
  readonly concurrency: number
  /** An attempt that takes longer has failed. */
  readonly sendTimeoutMs: number
  /** How often it looks for what is due, when nothing wakes it. */
  readonly pollMs: number
  /** How long what has ended is remembered. */
  readonly retentionDays: number
  readonly metrics: NotificationMetrics
  readonly logger: Logger
}

const leaseSlackMs = 1_000
const overdueAtOnce = 100
/** Until one that cannot be settled is looked at again. */
const unsettledMs = 60_000
const countEveryMs = 10_000
const forgetEveryMs = 60_000
const forgottenAtOnce = 1_000
const leastPauseMs = 10
/** A server that is away is asked that often at least. */
const mostBetweenProbesMs = 10_000
const databaseBackoff = { initialMs: 100, maxMs: 5_000 }
/** How long a stopped process tries to write what its last attempts came to. */
const lastWordsMs = 5_000

/**
 * Sends the notifications that are due. It claims as many as it can send at once, which marks them, and after each attempt writes
 * what it came to; an attempt without a written outcome is `unknown` when its lease is over.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions
  readonly #server: Availability
  readonly #loop = createWorkLoop({
    round: () => this.#round(),
    onFailure: (err) => this.#options.logger.warn({ err }, 'notifications cannot be claimed'),
    backoff: databaseBackoff,
  })
  readonly #pauseMs: (found: boolean) => number
  #nextSweep = 0
  #nextCount = 0
  #nextForgetting = 0

  constructor(options: DispatcherOptions) {
    this.#options = options
    this.#pauseMs = createIdlePause(options.pollMs)
    this.#server = createAvailability({ ...options.limits.backoff, maxMs: mostBetweenProbesMs })
  }

  start(): void {
    this.#loop.start()
  }

  /** Claims no more, and waits for the attempts under way. */
  async stop(): Promise<void> {
    await this.#loop.stop()
    this.#options.mailer.close()
  }

  /** Looks at once for what is due. */
  wake(): void {
    this.#loop.wake()
  }

  /** Since when the mail server has been away, in milliseconds since 1970. */
  awaySince(): number | undefined {
    return this.#server.awaySince()
  }

  async #round(): Promise<number> {
    const { pool, pollMs, sendTimeoutMs } = this.#options
    if (performance.now() >= this.#nextSweep) {
      await this.#sweep()
      this.#nextSweep = performance.now() + pollMs
    }
    const limit = this.#room()
    const claimedAt = performance.now()
    const claimed = limit > 0 ? await claimNotifications(pool, limit, 2 * sendTimeoutMs + leaseSlackMs) : []
    for (const each of claimed) this.#send(each, claimedAt)
    if (limit > 0 && claimed.length === limit) return 0 // there may be more
    return this.#idleMs(limit > 0, claimed.length > 0)
  }

  /** How many more can be sent at once: one at a time, now and then, while the mail server is away. */
  #room(): number {
    this.#options.metrics.away.set(this.#server.awaySince() === undefined ? 0 : 1)
    if (this.#server.awaySince() === undefined) return this.#options.concurrency - this.#loop.held()
    return this.#server.pauseMs() === 0 && this.#loop.held() === 0 ? 1 : 0
  }

  /** Until something may be due; no longer than to the next poll. An attempt that ends comes sooner. */
  async #idleMs(hasRoom: boolean, hasClaimed: boolean): Promise<number> {
    const dueMs = hasRoom ? await findNextDue(this.#options.pool) : undefined
    const pollMs = this.#pauseMs(!hasRoom || hasClaimed || dueMs !== undefined)
    const away = this.#server.pauseMs()
    // Overdue ones wait for a sweep, or are locked by another process: no reason to query without a pause.
    return Math.max(leastPauseMs, Math.min(pollMs, away > 0 ? away : pollMs, dueMs ?? pollMs))
  }

  #send(claimed: Claimed, claimedAt: number): void {
    const sending = this.#attempt(claimed, claimedAt).catch((error) => {
      this.#options.logger.error({ err: error, notificationId: claimed.id }, 'an attempt cannot be settled')
    })
    this.#loop.hold(sending)
  }

  async #attempt(claimed: Claimed, claimedAt: number): Promise<void> {
    const { mailer, settings, sendTimeoutMs, logger } = this.#options
    const { id } = claimed
    logger.info({ notificationId: id }, `📬 Processing notification ${id}`)
    // A process that was paused has lost its lease: what it claimed is for others to send.
    if (performance.now() - claimedAt > sendTimeoutMs) return
    const outcome = await attempt(claimed, { mailer, settings, signal: AbortSignal.timeout(sendTimeoutMs) })
    const settled = await this.#settle(claimed, outcome, this.#heed(outcome))
    tellOutcome(this.#options, id, outcome, settled)
  }

  /** What an outcome says of the mail server; returns for how long it is left alone. */
  #heed(outcome: Outcome): number {
    if (!outcome.sent && outcome.reason === 'UNAVAILABLE') return this.#server.failed(undefined)
    const answered = outcome.sent || outcome.reason === 'REFUSED' || outcome.reason === 'DEFERRED'
    if (answered && this.#server.succeeded()) this.#options.logger.info({}, 'the mail server is back')
    return 0
  }

  /** The database may be away: then nobody else can claim it either, and the outcome is kept until it is back. */
  async #settle(
    claimed: Pick<Claimed, 'id' | 'fence'>,
    outcome: Outcome,
    pauseMs = 0,
  ): Promise<Settled | undefined> {
    let lastTry: number | undefined
    for (let failures = 1; ; failures += 1) {
      try {
        return await settle(this.#options, claimed, outcome, pauseMs)
      } catch (error) {
        if (!isUnavailable(error)) throw error
        if (this.#loop.signal.aborted) lastTry ??= performance.now() + lastWordsMs
        if (lastTry !== undefined && performance.now() > lastTry) throw error
        await delay(backoffMs(failures, databaseBackoff))
      }
    }
  }

  async #sweep(): Promise<void> {
    const { pool, metrics, retentionDays } = this.#options
    for (const overdue of await listOverdue(pool, overdueAtOnce)) await this.#loseAnswer(overdue)
    if (performance.now() >= this.#nextForgetting) {
      this.#nextForgetting = performance.now() + forgetEveryMs
      await deleteEnded(pool, retentionDays, forgottenAtOnce)
    }
    if (performance.now() < this.#nextCount) return
    for (const { state, count } of await countOpen(pool)) metrics.open.set({ state }, count)
    this.#nextCount = performance.now() + countEveryMs
  }

  /** One that cannot be settled holds up none of the others: it is set aside, for a later sweep. */
  async #loseAnswer(overdue: Pick<Claimed, 'id' | 'fence'>): Promise<void> {
    const { pool, logger } = this.#options
    const lost = failed('ANSWER_LOST', 'Who sent it was gone before it could say whether it was taken')
    try {
      tellOutcome(this.#options, overdue.id, lost, await settle(this.#options, overdue, lost))
    } catch (error) {
      if (isUnavailable(error)) throw error
      logger.error({ err: error, notificationId: overdue.id }, 'an attempt cannot be settled')
      await extendLease(pool, overdue, unsettledMs)
    }
  }
}
