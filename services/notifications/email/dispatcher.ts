import { backoffMs } from '@relevo/backoff'
import { type Availability, createAvailability } from '@relevo/inbox'
import { isUnavailable, type Logger } from '@relevo/kit'
import type pg from 'pg'
import { type AttemptSettings, attempt } from './attempt.ts'
import type { Mailer } from './mailer.ts'
import type { NotificationMetrics } from './metrics.ts'
import { failed, type Outcome } from './outcome.ts'
import { pause } from './pause.ts'
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
  readonly #sending = new Set<Promise<void>>()
  readonly #stopping = new AbortController()
  #wake = Promise.withResolvers<void>()
  #nextSweep = 0
  #nextCount = 0
  #nextForgetting = 0
  #running: Promise<void> | undefined

  constructor(options: DispatcherOptions) {
    this.#options = options
    this.#server = createAvailability({ ...options.limits.backoff, maxMs: mostBetweenProbesMs })
  }

  start(): void {
    this.#running = this.#run()
  }

  /** Claims no more, and waits for the attempts under way. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.wake()
    await this.#running
    await Promise.all(this.#sending)
    this.#options.mailer.close()
  }

  /** Looks at once for what is due. */
  wake(): void {
    this.#wake.resolve()
  }

  /** Since when the mail server has been away, in milliseconds since 1970. */
  awaySince(): number | undefined {
    return this.#server.awaySince()
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    for (let failures = 0; !signal.aborted; ) {
      try {
        await this.#turn(signal)
        failures = 0
      } catch (error) {
        failures += 1
        this.#options.logger.warn({ err: error }, 'notifications cannot be claimed')
        await pause(backoffMs(failures, databaseBackoff), signal)
      }
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const { pool, pollMs, sendTimeoutMs } = this.#options
    this.#wake = Promise.withResolvers()
    if (performance.now() >= this.#nextSweep) {
      await this.#sweep()
      this.#nextSweep = performance.now() + pollMs
    }
    const limit = this.#room()
    const claimedAt = performance.now()
    const claimed = limit > 0 ? await claimNotifications(pool, limit, 2 * sendTimeoutMs + leaseSlackMs) : []
    for (const each of claimed) this.#send(each, claimedAt)
    if (limit > 0 && claimed.length === limit) return // there may be more
    await this.#idle(limit > 0, signal)
  }

  /** How many more can be sent at once: one at a time, now and then, while the mail server is away. */
  #room(): number {
    this.#options.metrics.away.set(this.#server.awaySince() === undefined ? 0 : 1)
    if (this.#server.awaySince() === undefined) return this.#options.concurrency - this.#sending.size
    return this.#server.pauseMs() === 0 && this.#sending.size === 0 ? 1 : 0
  }

  /** Waits until something may be due, an attempt has ended, or somebody wakes it; no longer than to the next poll. */
  async #idle(hasRoom: boolean, signal: AbortSignal): Promise<void> {
    const { pool, pollMs } = this.#options
    const bound = new AbortController()
    const dueMs = hasRoom ? await findNextDue(pool) : undefined
    const away = this.#server.pauseMs()
    // What is overdue waits for a sweep, or for whoever has locked it: no reason to ask without a pause.
    const ms = Math.max(leastPauseMs, Math.min(pollMs, away > 0 ? away : pollMs, dueMs ?? pollMs))
    await Promise.race([pause(ms, AbortSignal.any([signal, bound.signal])), this.#wake.promise])
    bound.abort()
  }

  #send(claimed: Claimed, claimedAt: number): void {
    const sending = this.#attempt(claimed, claimedAt).catch((error) => {
      this.#options.logger.error({ err: error, notificationId: claimed.id }, 'an attempt cannot be settled')
    })
    const tracked = sending.finally(() => {
      this.#sending.delete(tracked)
      this.#wake.resolve()
    })
    this.#sending.add(tracked)
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
        if (this.#stopping.signal.aborted) lastTry ??= performance.now() + lastWordsMs
        if (lastTry !== undefined && performance.now() > lastTry) throw error
        await pause(backoffMs(failures, databaseBackoff), new AbortController().signal)
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
