import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { type BackoffBounds, backoffMs } from '@relevo/backoff'
import type { Producer } from '@relevo/kafka'
import type { Registry } from 'prom-client'
import type { Logger } from './logger.ts'
import { createRelayMetrics, type RelayMetrics } from './operate/metrics.ts'
import { RelayError } from './relayError.ts'
import { RelaySession, type RelaySessionOptions } from './relaySession.ts'
import type { DatabaseUrl } from './sessionSettings.ts'
import { maxLeaseMs } from './sql/leases.ts'
import { defaultWalIntervals, type WalIntervals } from './wal/walIntervals.ts'

export interface RelayOptions {
  /** Name of the outbox, the label `outbox` of its metrics, if a process relays several; default: empty. */
  outbox?: string
  /**
   * Must lead to Postgres itself or a session pooler: the relay listens and keeps settings in its connections. A function is
   * called for each connection.
   */
  databaseUrl: DatabaseUrl
  /** The owner connects it, and closes it after the relay. */
  producer: Producer
  /** The CloudEvents source of every event, for example `/relevo/messages`. */
  source: string
  logger: Logger
  registry: Registry
  /** Name of this relay among its peers; default: host name and a random suffix. */
  owner?: string
  /** How long this relay keeps a shard without renewing its lease, in milliseconds; default 6,000, at most 10,000. */
  leaseMs?: number
  /** Maximum events per page; default 1,000. */
  pageRows?: number
  /** Maximum payload bytes per page; default 4 MiB. Two pages are in memory at once. */
  pageBytes?: number
  /** Pause between two probes while events arrive, in milliseconds; default 10. */
  minPollMs?: number
  /** Pause between two probes when none has arrived for a while, in milliseconds; default 1,000. The next event ends it. */
  maxPollMs?: number
  /** How often the cursors of shards without events are stored, in milliseconds; default 10,000. */
  storeAllMs?: number
  /** Pauses while the broker fails: at most 100 ms by default, doubling up to 5 s. */
  retry?: BackoffBounds
  /**
   * Read the write-ahead log through this replication slot, which is created if missing. While that is impossible, the table is
   * read, and the slot is dropped if it would retain more than `unreadBytes` (default 64 MiB) of WAL. Without this option only
   * the table is read. One relay of an outbox works, the others stand by.
   */
  wal?: { slot: string; unreadBytes?: number; intervals?: Partial<WalIntervals> } | undefined
  /**
   * Maximum number of events that may wait for topics that Kafka rejects, while those of other topics are published; default
   * 100,000. Beyond it, all wait.
   */
  heldEvents?: number
  /** Attempts at an event that the broker rejects permanently before it waits for an operator; default 3. */
  attempts?: number
  /** Pauses between these attempts: at most 1 s by default, doubling up to 30 s. */
  refusalRetry?: BackoffBounds
}

export interface RelayStatus {
  owner: string
  shards: number[]
  /** The problem that stops the relay; undefined if there is none. */
  problem: string | undefined
  /** Shards whose next page the broker does not accept. */
  stalledShards: number[]
  quarantinedKeys: number
  /** Topics, or partitions of them (-1: all), that Kafka rejects, whose keys wait until it is back. */
  heldTopics: { topic: string; partition: number; code: string; error: string; since: Date; keys: number }[]
  /** Whether the write-ahead log is read, and if not why. Undefined if the relay is set to read the table. */
  stream: { reading: boolean; problem: string | undefined } | undefined
  /** Seconds since the relay's loop last completed a round: more than a minute or two means that it hangs. */
  loopAgeSeconds: number
}

const turnMs = 1_000
/**
 * From this pause on, events wake the relay. After a wake-up the pauses begin at `minPollMs` and take 0.3 s to grow to this one by
 * default, so the transactions of an outbox take NOTIFY's cluster-wide lock about three times a second at most.
 */
const longPauseMs = 50
const outageRetry = { initialMs: 50, maxMs: 2_000 }

/**
 * Carries the events of one outbox to Kafka, as one of any number of relays that share its shards.
 * The algorithm: docs/adr/0001-snapshot-window-cursor.md.
 */
export class Relay {
  readonly #logger: Logger
  readonly #metrics: RelayMetrics
  readonly #session: RelaySessionOptions
  readonly #poll: { minMs: number; maxMs: number }
  readonly #stopping = new AbortController()
  #wake = new AbortController()
  #current: RelaySession | undefined
  /** Why the write-ahead log is currently not read. */
  #distrust: Error | undefined
  #problem: string | undefined = 'starting'
  /** The error that ended the last session, until another works. */
  #failure: Error | undefined
  #turnedAt = performance.now()
  #running: Promise<void> | undefined

  constructor(options: RelayOptions) {
    this.#logger = options.logger
    this.#metrics = createRelayMetrics(options.registry, options.outbox)
    this.#poll = { minMs: options.minPollMs ?? 10, maxMs: options.maxPollMs ?? 1_000 }
    const retry = options.retry ?? { initialMs: 100, maxMs: 5_000 }
    const refusalRetry = options.refusalRetry ?? { initialMs: 1_000, maxMs: 30_000 }
    this.#session = {
      databaseUrl: options.databaseUrl,
      producer: options.producer,
      source: options.source,
      logger: options.logger,
      metrics: this.#metrics,
      lease: {
        owner: options.owner ?? `${hostname()}-${randomUUID().slice(0, 8)}`,
        leaseMs: Math.min(options.leaseMs ?? 6_000, maxLeaseMs),
        whole: options.wal !== undefined,
      },
      delivery: {
        page: { rows: options.pageRows ?? 1_000, bytes: options.pageBytes ?? 4 << 20 },
        refusalRetryMs: refusalRetry.initialMs,
      },
      pump: { retry, turnMs },
      quarantine: {
        attempts: options.attempts ?? 3,
        retry: refusalRetry,
        probe: retry,
        mostHeld: options.heldEvents ?? 100_000,
      },
      storeAllMs: options.storeAllMs ?? 10_000,
      wal: options.wal && {
        slot: options.wal.slot,
        unreadBytes: options.wal.unreadBytes ?? 64 << 20,
        intervals: { ...defaultWalIntervals, ...options.wal.intervals },
        distrust: () => this.#distrust,
      },
      onWake: () => this.#wake.abort(),
    }
  }

  /** Begins to work and returns at once; the database and Kafka need not be up yet. */
  start(): void {
    this.#running = this.#run()
  }

  /** Finishes the page in flight, hands the shards over and closes its database connections. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#wake.abort()
    await this.#running
  }

  /**
   * Takes the result of an audit. If more events are missing than at the previous audit, the relay reads the table
   * instead of the write-ahead log until an audit finds no further ones.
   */
  heedAudit(newlyMissing: number): void {
    this.#distrust =
      newlyMissing === 0
        ? undefined
        : new RelayError(
            'auditDifference',
            `The audit misses ${newlyMissing} events more than before; the table is read until the next one. ` +
              '`relevo audit` shows the shards, `relevo republish` sends what was passed over.',
          )
  }

  /** The error of Postgres or of Kafka's client that stops the relay; undefined if there is none. */
  get trouble(): Error | undefined {
    return this.#failure ?? this.#current?.trouble
  }

  status(): RelayStatus {
    const session = this.#current
    const stalled = session?.lanes.filter((lane) => lane.stall) ?? []
    return {
      owner: this.#session.lease.owner,
      shards: [...(session?.shards ?? [])].sort((a, b) => a - b),
      problem: this.#problem ?? session?.problem,
      stalledShards: stalled.flatMap((lane) => [...lane.shards.keys()]).sort((a, b) => a - b),
      quarantinedKeys: session?.quarantinedKeys ?? 0,
      heldTopics: (session?.holds ?? []).map(({ topic, partition, error, since, keys }) => {
        return { topic, partition, code: error.code, error: error.message, since, keys }
      }),
      stream: this.#session.wal && {
        reading: session?.stream?.streaming ?? false,
        problem: session?.stream?.problem,
      },
      loopAgeSeconds: this.#running ? (performance.now() - this.#turnedAt) / 1_000 : 0,
    }
  }

  async #run(): Promise<void> {
    let failures = 0
    while (!this.#stopping.signal.aborted) {
      this.#turnedAt = performance.now()
      const session = new RelaySession(this.#session)
      this.#current = session
      try {
        await session.begin()
        await this.#work(session, () => {
          failures = 0
        })
        await session.handOver()
      } catch (error) {
        failures += 1
        this.#failure = error instanceof Error ? error : new Error(String(error))
        this.#problem = this.#failure.message
        this.#logger.warn({ err: error, failures }, 'relay interrupted')
      }
      this.#current = undefined
      await session.end()
      if (!this.#stopping.signal.aborted) await this.#sleep(backoffMs(failures, outageRetry))
    }
  }

  /** Works until the relay is stopped. @throws the error that ends the session. */
  async #work(session: RelaySession, onRound: () => void): Promise<void> {
    const { signal } = this.#stopping
    let pollMs = this.#poll.minMs
    while (!signal.aborted) {
      this.#turnedAt = performance.now()
      const found = await session.round(signal)
      onRound()
      this.#problem = undefined
      this.#failure = undefined
      this.#showState()
      pollMs = found || session.stream?.joining ? this.#poll.minMs : Math.min(this.#poll.maxMs, pollMs * 1.2)
      if (await session.markAsleep(pollMs >= longPauseMs)) continue
      if (!(await this.#sleep(pauseMs(session, pollMs))) || signal.aborted) continue
      pollMs = this.#poll.minMs
      await session.markAsleep(false)
    }
  }

  #showState(): void {
    const { stalledShards, shards, quarantinedKeys, stream } = this.status()
    this.#metrics.shards.set(shards.length)
    this.#metrics.stalledShards.set(stalledShards.length)
    this.#metrics.quarantinedKeys.set(quarantinedKeys)
    this.#metrics.streaming.set(stream?.reading ? 1 : 0)
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

function pauseMs({ lanes, stream }: RelaySession, pollMs: number): number {
  // A stream makes its own pauses.
  if (stream?.streaming) return 0
  if (lanes.some((lane) => lane.window && !lane.stall)) return 0
  const retryAt = Math.min(...lanes.map((lane) => lane.stall?.retryAt ?? Number.POSITIVE_INFINITY))
  const jittered = pollMs * (0.8 + Math.random() * 0.4)
  return Math.max(0, Math.min(jittered, retryAt - performance.now()))
}
