import { setTimeout as delay } from 'node:timers/promises'
import type { Registry } from 'prom-client'
import type { Logger } from '../logger.ts'
import { recordCanaries } from '../sql/recordCanaries.ts'
import type { SqlClient } from '../sqlClient.ts'
import { type OutboxCounter, outboxMetrics } from './outboxMetrics.ts'

export interface CanaryOptions {
  /** Name of the outbox: the label `outbox` of its metric, and in the payload of its canaries. */
  readonly outbox: string
  /** Pause between two canaries of a shard, in milliseconds. */
  readonly everyMs: number
  /** The shards that this relay holds just now. */
  readonly shards: () => readonly number[]
}

/** How often it checks whether a shard is due, and its pause after an error. */
const lookMs = 1_000
const failedMs = 15_000

/**
 * Records an event in every shard that its relay holds, at once and then at intervals. Whoever consumes the topic
 * `relevo.canary` sees that delivery works, or since when it does not. A shard has one relay, and so one canary at a time.
 */
export class Canary {
  readonly #client: SqlClient
  readonly #logger: Logger
  readonly #options: CanaryOptions
  readonly #recorded: OutboxCounter
  readonly #stopping = new AbortController()
  /** When each shard had its last one. */
  #recordedAt: ReadonlyMap<number, number> = new Map()
  #running: Promise<void> | undefined

  /** @param client is closed by its owner after `stop`. */
  constructor(client: SqlClient, registry: Registry, logger: Logger, options: CanaryOptions) {
    this.#client = client
    this.#logger = logger
    this.#options = options
    this.#recorded = outboxMetrics(registry, options.outbox).counter({
      name: 'relevo_canary_recorded_events_total',
      help: 'Canaries that were recorded in the outbox',
    })
  }

  start(): void {
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    const { everyMs } = this.#options
    while (!signal.aborted) {
      const isDone = await this.#recordDue()
      const pauseMs = Math.min(everyMs, isDone ? lookMs : failedMs)
      await delay(pauseMs, undefined, { signal }).catch(() => {})
    }
  }

  async #recordDue(): Promise<boolean> {
    const { shards, everyMs, outbox } = this.#options
    const held = shards()
    const now = performance.now()
    const due = dueShards(held, this.#recordedAt, now - everyMs)
    try {
      if (due.length > 0) await recordCanaries(this.#client, due, outbox)
    } catch (err) {
      this.#logger.warn({ err }, 'canaries cannot be recorded just now')
      return false
    }
    this.#recorded.inc(due.length)
    const fresh = new Set(due)
    this.#recordedAt = new Map(
      held.map((shard) => [shard, fresh.has(shard) ? now : (this.#recordedAt.get(shard) ?? now)]),
    )
    return true
  }
}

/** The held shards without a canary since `before`; a newly held shard has had none. */
export function dueShards(
  held: readonly number[],
  recordedAt: ReadonlyMap<number, number>,
  before: number,
): number[] {
  return held.filter((shard) => (recordedAt.get(shard) ?? Number.NEGATIVE_INFINITY) <= before)
}
