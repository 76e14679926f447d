import { setTimeout as delay } from 'node:timers/promises'
import { type BackoffBounds, backoffMs } from '@relevo/backoff'
import type pg from 'pg'
import type { Registry } from 'prom-client'
import type { DomainEvent } from './event.ts'
import { explainError } from './eventStoreError.ts'
import type { Logger } from './logger.ts'
import { SessionClient } from './sessionClient.ts'
import { readLag } from './sql/readLag.ts'
import { wakeChannel } from './sql/wake.ts'
import { checkSubscription, type Subscription } from './subscription.ts'
import { createSubscriptionMetrics, type SubscriptionMetrics } from './subscriptionMetrics.ts'
import { type SessionOptions, SubscriptionSession } from './subscriptionSession.ts'
import type { Upcasters } from './upcast.ts'

export interface SubscriberOptions<Event extends DomainEvent = DomainEvent> {
  /** Must lead to Postgres itself or a session pooler. One connection is used and finally closed; the owner ends the pool. */
  readonly pool: pg.Pool
  readonly subscription: Subscription<Event>
  readonly upcasters?: Upcasters
  readonly logger: Logger
  readonly registry?: Registry
  /** Events applied in one transaction; default 500. */
  readonly pageRows?: number
  /** Bytes of their data and metadata; default 4 MiB. */
  readonly pageBytes?: number
  /** Time limit of each statement, and of a pause within `apply`, in milliseconds; default 30,000. */
  readonly timeoutMs?: number
  /** Pause between two probes while events arrive, in milliseconds; default 10. */
  readonly minPollMs?: number
  /** Pause between two probes when none has arrived for a while, in milliseconds; default 2,500. */
  readonly maxPollMs?: number
  /** Pauses between retries of an event that stops its stream; default 1 s, doubling up to 60 s. */
  readonly blockedRetry?: BackoffBounds
  /** Pauses while Postgres is unavailable; default 100 ms, doubling up to 5 s. */
  readonly retry?: BackoffBounds
  /** How often a checkpoint that moved without events is stored, in milliseconds; default 10,000. */
  readonly storeEveryMs?: number
  /** How often the lag is measured, in milliseconds; default 5,000. */
  readonly lagEveryMs?: number
}

export interface SubscriberStatus {
  /** The problem that stops it; undefined if there is none. */
  readonly problem: string | undefined
  /** Whether another replica is working. */
  readonly standby: boolean
  readonly blockedStreams: number
}

/**
 * Keeps a subscription up to date with the store. Any number of replicas may run: the one that has locked the
 * checkpoint applies a page. The algorithm: docs/adr/0001-snapshot-window-cursor.md and 0008-event-store-subscriptions.md.
 */
export class Subscriber {
  readonly #options: SubscriberOptions
  readonly #session: SessionOptions
  readonly #metrics: SubscriptionMetrics | undefined
  readonly #stopping = new AbortController()
  #wake = new AbortController()
  #current: SubscriptionSession | undefined
  #problem: string | undefined = 'starting'
  #lagAt = 0
  #running: Promise<void> | undefined

  /** @throws EventStoreError `invalidAggregate` if the subscription could never work. */
  constructor(options: SubscriberOptions) {
    checkSubscription(options.subscription)
    this.#options = options
    this.#metrics = options.registry && createSubscriptionMetrics(options.registry)
    const blockedRetry = options.blockedRetry ?? { initialMs: 1_000, maxMs: 60_000 }
    this.#session = {
      subscription: options.subscription,
      upcasters: options.upcasters ?? {},
      page: { rows: options.pageRows ?? 500, bytes: options.pageBytes ?? 4 << 20 },
      blockedRetry,
      storeEveryMs: options.storeEveryMs ?? 10_000,
      dutyEveryMs: Math.min(1_000, blockedRetry.initialMs),
      logger: options.logger,
      metrics: this.#metrics,
    }
  }

  /** Begins to work and returns at once; the database need not be up yet. */
  start(): void {
    this.#running ??= this.#run()
  }

  /** Finishes the open transaction and closes the connection. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#wake.abort()
    await this.#running
  }

  /** Makes it probe at once, after a commit. */
  wake(): void {
    this.#wake.abort()
  }

  status(): SubscriberStatus {
    return {
      problem: this.#problem,
      standby: this.#current?.standby ?? false,
      blockedStreams: this.#current?.blockedStreams ?? 0,
    }
  }

  async #run(): Promise<void> {
    const { subscription, logger, retry = { initialMs: 100, maxMs: 5_000 } } = this.#options
    let failures = 0
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#work(() => {
          failures = 0
        })
      } catch (cause) {
        failures += 1
        const error = explainError(cause)
        this.#problem = error instanceof Error ? error.message : String(error)
        this.#metrics?.failures.inc({ subscription: subscription.name })
        logger.warn({ err: error, failures, subscription: subscription.name }, 'subscription interrupted')
        await this.#sleep(backoffMs(failures, retry))
      }
    }
  }

  /** Works on one connection until the subscriber is stopped. @throws the error that ends it. */
  async #work(onRound: () => void): Promise<void> {
    const { pool, timeoutMs = 30_000 } = this.#options
    const onWake = () => this.wake()
    const client = await SessionClient.open(pool, { timeoutMs, channel: wakeChannel, onWake })
    const session = new SubscriptionSession(client, this.#session)
    try {
      await session.begin()
      this.#current = session
      await this.#rounds(client, session, onRound)
    } finally {
      this.#current = undefined
      client.close()
    }
  }

  async #rounds(client: SessionClient, session: SubscriptionSession, onRound: () => void): Promise<void> {
    const { minPollMs = 10, maxPollMs = 2_500 } = this.#options
    let pollMs = minPollMs
    while (!this.#stopping.signal.aborted) {
      const found = await session.round()
      this.#problem = undefined
      onRound()
      await this.#measure(client, session)
      pollMs = found === 'none' ? Math.min(maxPollMs, pollMs * 1.2) : minPollMs
      if (found !== 'more' && (await this.#sleep(pollMs * (0.8 + Math.random() * 0.4)))) pollMs = minPollMs
    }
  }

  async #measure(client: SessionClient, session: SubscriptionSession): Promise<void> {
    if (!this.#metrics || performance.now() < this.#lagAt) return
    const { subscription, lagEveryMs = 5_000 } = this.#options
    this.#lagAt = performance.now() + lagEveryMs
    const lag = await readLag(client, subscription)
    const labels = { subscription: subscription.name }
    this.#metrics.lagEvents.set(labels, lag.events)
    this.#metrics.lagSeconds.set(labels, lag.seconds)
    this.#metrics.blockedStreams.set(labels, session.blockedStreams)
  }

  /** @returns whether a wake-up ended the pause, or came between pauses. */
  async #sleep(ms: number): Promise<boolean> {
    const { signal } = this.#wake
    if (!signal.aborted) await delay(ms, undefined, { signal }).catch(() => {})
    if (!signal.aborted) return false
    if (!this.#stopping.signal.aborted) this.#wake = new AbortController()
    return true
  }
}
