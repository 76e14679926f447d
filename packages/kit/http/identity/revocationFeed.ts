import { setTimeout as delay } from 'node:timers/promises'
import { type ConsumedRecord, followTopics, type KafkaConfig } from '@relevo/kafka'
import { Gauge, Histogram, type Registry } from 'prom-client'
import { z } from 'zod'
import type { Logger } from '../../process/logger.ts'
import { keepRevocationsMs, mostSkewMs, type Revocations } from './revocations.ts'

export interface RevocationFeedOptions {
  readonly kafka: KafkaConfig
  /** Each event on them says that a user is not to be let in any more. */
  readonly topics: readonly string[]
  readonly revocations: Revocations
  readonly logger: Logger
  readonly registry: Registry
  readonly signal: AbortSignal
}

const revoked = z.looseObject({ id: z.string().min(1).max(128) })

/** Longest wait of the first requests for what was revoked before the start. */
const firstWaitMs = 5_000
const pauseMs = 1_000
const watchMs = 5_000
/** The brokers answer at least each 5 s, also when there is nothing. */
const silentMs = 15_000

/**
 * Hears of users who were disabled or erased: every process hears all of it, without a group. After a start and after each failure it
 * goes back as far as an access token lives, so that nothing is missed that still matters.
 */
export class RevocationFeed {
  readonly #options: RevocationFeedOptions
  readonly #delay: Histogram
  readonly #first = Promise.withResolvers<void>()
  /** Since when it may have missed something; undefined: it is current. */
  #deafSince: number | undefined = Date.now()
  #heardAt = 0
  #isTold = false

  constructor(options: RevocationFeedOptions) {
    this.#options = options
    const registers = [options.registry]
    const heardAt = () => this.#heardAt / 1_000
    new Gauge({
      name: 'relevo_revocations_heard_timestamp_seconds',
      help: 'When this process last knew of every user who was disabled or erased; 0: not since its start',
      registers,
      collect() {
        this.set(heardAt())
      },
    })
    this.#delay = new Histogram({
      name: 'relevo_revocation_delay_seconds',
      help: 'Time from the event of a user who was disabled or erased to the refusal of the tokens here',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    })
  }

  /** Hears until the signal. Never rejects. */
  async run(): Promise<void> {
    const { signal, revocations } = this.#options
    revocations.holdUntil(this.#first.promise)
    const late = setTimeout(() => this.#first.resolve(), firstWaitMs)
    while (!signal.aborted) {
      const error = await this.#follow()
      if (signal.aborted) break
      this.#deafSince ??= this.#heardAt
      this.#tell(error)
      this.#first.resolve()
      // Not all processes at the same moment.
      await delay(pauseMs * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined)
    }
    clearTimeout(late)
    this.#first.resolve()
  }

  async #follow(): Promise<unknown> {
    const { kafka, topics, signal } = this.#options
    const watch = setInterval(() => this.#watch(), watchMs)
    try {
      const sinceMs = Date.now() - keepRevocationsMs
      const onRecords = (records: readonly ConsumedRecord[]) => {
        for (const record of records) this.#take(record)
      }
      await followTopics(kafka, topics, { sinceMs, signal, onRecords, onCurrent: () => this.#current() })
      return undefined
    } catch (error) {
      return error
    } finally {
      clearInterval(watch)
    }
  }

  #take(record: ConsumedRecord): void {
    const id = readId(record)
    if (id === undefined) {
      const { topic, partition, offset } = record
      const place = { topic, partition, offset: String(offset) }
      this.#options.logger.warn(place, 'a record says of nobody that access tokens are to be refused')
      return
    }
    // For good: a disabled or erased user never gets a token again, whatever the clocks say.
    this.#options.revocations.add(id, record.timestamp + mostSkewMs)
    const recordedAt = Date.parse(record.headers.ce_time ?? '')
    if (this.#deafSince === undefined && recordedAt > 0)
      this.#delay.observe(Math.max(0, Date.now() - recordedAt) / 1_000)
  }

  #current(): void {
    this.#heardAt = Date.now()
    this.#first.resolve()
    if (this.#isTold) this.#options.logger.info({}, 'revocations of access tokens are heard again')
    this.#deafSince = undefined
    this.#isTold = false
  }

  /** A broker that hangs fails nothing, and tells nothing. */
  #watch(): void {
    if (this.#deafSince === undefined && Date.now() - this.#heardAt > silentMs)
      this.#deafSince = this.#heardAt
    if (this.#deafSince !== undefined && Date.now() - this.#deafSince > silentMs) this.#tell(undefined)
  }

  #tell(err: unknown): void {
    if (this.#isTold) return
    this.#isTold = true
    const since = new Date(this.#deafSince ?? this.#heardAt).toISOString()
    this.#options.logger.warn(
      { ...(err !== undefined && { err }), topics: this.#options.topics, since },
      'revocations of access tokens are not heard: tokens of users disabled since then are let in until they expire',
    )
  }
}

function readId({ value, fault }: ConsumedRecord): string | undefined {
  if (fault !== undefined || value === null) return undefined
  try {
    return revoked.safeParse(JSON.parse(value.toString())).data?.id
  } catch {
    return undefined
  }
}
