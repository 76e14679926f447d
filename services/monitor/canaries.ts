import type pg from 'pg'
import { Gauge, Histogram, type Registry } from 'prom-client'
import { readCanaries, type StoredCanary } from './sql/canaries.ts'
import { within } from './within.ts'

interface CanarySettings {
  /** How often relays record one in each shard; 0: never. */
  readonly canaryIntervalMs: number
}

/** The canaries of an outbox: of the shard whose newest one is the oldest. */
export interface OutboxCanaries {
  readonly outbox: string
  readonly shards: number
  readonly ageSeconds: number
  readonly overdueSeconds: number
}

/** A scrape does not wait for the database for longer. */
const scrapeMs = 1_000
const delayBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

/**
 * The canaries that took effect, and those that should have. One is overdue when the newest of its shard was recorded longer
 * than an interval ago; for no longer than this process has run, since what was recorded before that may still come.
 */
export class Canaries {
  readonly #pool: pg.Pool
  readonly #intervalSeconds: number
  readonly #startedAt = performance.now()
  readonly #delay: Histogram<'outbox'> | undefined
  #last: { readonly rows: readonly StoredCanary[]; readonly at: number } = { rows: [], at: 0 }

  /** @param registry gets the metrics, unless relays record none. */
  constructor(pool: pg.Pool, registry: Registry, { canaryIntervalMs }: CanarySettings) {
    this.#pool = pool
    this.#intervalSeconds = canaryIntervalMs / 1_000
    if (canaryIntervalMs === 0) return
    const registers = [registry]
    this.#delay = new Histogram({
      name: 'relevo_canary_delay_seconds',
      help: 'From recording a canary in an outbox to its effect here, through relay, Kafka and inbox',
      labelNames: ['outbox'],
      buckets: delayBuckets,
      registers,
    })
    const canaries = this
    new Gauge({
      name: 'relevo_canary_overdue_seconds',
      help: 'Since when the next canary of the shard should have taken effect',
      labelNames: ['outbox', 'shard'],
      registers,
      async collect() {
        const rows = await canaries.#readOrLast()
        this.reset()
        for (const { outbox, shard, ageSeconds } of rows)
          this.set({ outbox, shard }, canaries.#overdueSeconds(ageSeconds))
      },
    })
  }

  /** A canary takes effect, `seconds` after it was recorded. */
  note(outbox: string, seconds: number): void {
    this.#delay?.observe({ outbox }, seconds)
  }

  /** Every outbox that canaries have come from; none when relays record none. @throws pg's errors. */
  async byOutbox(): Promise<OutboxCanaries[]> {
    const groups = Map.groupBy(await this.#read(), ({ outbox }) => outbox)
    return [...groups].map(([outbox, shards]) => {
      const ageSeconds = Math.max(...shards.map((shard) => shard.ageSeconds))
      return { outbox, shards: shards.length, ageSeconds, overdueSeconds: this.#overdueSeconds(ageSeconds) }
    })
  }

  /** By outbox, for how long a canary has been overdue. @throws pg's errors. */
  async overdue(): Promise<Record<string, number>> {
    return Object.fromEntries(
      (await this.byOutbox()).map(({ outbox, overdueSeconds }) => [outbox, overdueSeconds]),
    )
  }

  async #read(): Promise<readonly StoredCanary[]> {
    return this.#intervalSeconds === 0 ? [] : readCanaries(this.#pool)
  }

  /** Without the database none takes effect: those known last grow older. */
  async #readOrLast(): Promise<readonly StoredCanary[]> {
    const rows = await within(scrapeMs, this.#read()).catch(() => undefined)
    const now = performance.now()
    if (rows) this.#last = { rows, at: now }
    const { rows: known, at } = this.#last
    return known.map((row) => ({ ...row, ageSeconds: row.ageSeconds + (now - at) / 1_000 }))
  }

  #overdueSeconds(ageSeconds: number): number {
    const runsSeconds = (performance.now() - this.#startedAt) / 1_000
    return Math.max(0, Math.min(ageSeconds - this.#intervalSeconds, runsSeconds))
  }
}
