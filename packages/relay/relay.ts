import { setTimeout as delay } from 'node:timers/promises'
import type { OutgoingRecord, Producer } from '@relevo/kafka'
import type { Registry } from 'prom-client'
import type { OutboxEvent } from './event.ts'
import { eventRecord } from './eventRecord.ts'
import { keepHeld, type Lane, mergeIdle, toLanes } from './lane.ts'
import { type LeaseOptions, Leases } from './leases.ts'
import type { Logger } from './logger.ts'
import { createRelayMetrics, type RelayMetrics } from './metrics.ts'
import { countResult, Pump } from './pump.ts'
import { Quarantine } from './quarantine.ts'
import { RelayError } from './relayError.ts'
import { type RetryBounds, retryDelayMs } from './retryDelay.ts'
import { parseSnapshot } from './snapshot.ts'
import type { CursorRow } from './sql/leases.ts'
import { type ProbeRow, probeOutbox } from './sql/probeOutbox.ts'
import { readSetting, type SettingRow } from './sql/readSetting.ts'
import { createSqlClient, query, type SqlClient } from './sqlClient.ts'
import type { Probe } from './window.ts'

export interface RelayOptions extends LeaseOptions {
  databaseUrl: string
  /** Connected and closed by its owner, after the relay. */
  producer: Producer
  /** The CloudEvents source of every event, for example `/relevo/messages`. */
  source: string
  logger: Logger
  registry: Registry
  /** Events of a page; default 1,000. */
  pageRows?: number
  /** Bytes of payload of a page; default 4 MiB. Two pages are in memory at once. */
  pageBytes?: number
  /** Pause between two looks while events come, in milliseconds; default 10. */
  minPollMs?: number
  /** Pause between two looks when none has come for a while, in milliseconds; default 1,000. */
  maxPollMs?: number
  /** Pauses while the broker is in trouble; default 100 ms, doubling up to 5 s. */
  retry?: RetryBounds
  /** Tries of an event that the broker refuses for itself; default 3. */
  attempts?: number
  /** Pauses between these tries; default 1 s, doubling up to 30 s. */
  refusalRetry?: RetryBounds
}

export interface RelayStatus {
  owner: string
  shards: number[]
  /** What keeps the relay from working; undefined when nothing does. */
  problem: string | undefined
  stalledShards: number[]
  quarantinedKeys: number
}

const statementTimeoutMs = 30_000
const dutyEveryMs = 500
const storeEveryMs = 10_000
const turnMs = 500
const outageRetry = { initialMs: 50, maxMs: 2_000 }

/**
 * Carries the events of one outbox to Kafka, as one of any number of relays that share its shards.
 * The algorithm: docs/adr/0001-snapshot-window-cursor.md.
 */
export class Relay {
  readonly #options: RelayOptions
  readonly #logger: Logger
  readonly #metrics: RelayMetrics
  readonly #reader: SqlClient
  readonly #writer: SqlClient
  readonly #leases: Leases
  readonly #quarantine: Quarantine
  readonly #pump: Pump
  readonly #stopping = new AbortController()
  readonly #minPollMs: number
  readonly #maxPollMs: number
  #wake = new AbortController()
  #lanes: Lane[] = []
  #shards = 0
  #seqBefore: number | undefined
  #problem: string | undefined = 'starting'
  #takeAt = 0
  #dutyAt = 0
  #storeAt = 0
  #running: Promise<void> | undefined

  constructor(options: RelayOptions) {
    this.#options = options
    this.#logger = options.logger
    this.#minPollMs = options.minPollMs ?? 10
    this.#maxPollMs = options.maxPollMs ?? 1_000
    this.#metrics = createRelayMetrics(options.registry)
    this.#reader = this.#connect('relay reader', (payload) => this.#onWake(payload))
    this.#writer = this.#connect('relay writer')
    this.#leases = new Leases(this.#writer, this.#logger, options)
    const shared = {
      send: async (records: readonly OutgoingRecord[]) => {
        this.#leases.assertHeld()
        await options.producer.send(records)
      },
      toRecord: (event: OutboxEvent) => eventRecord(event, options.source),
      logger: this.#logger,
    }
    const refusalRetry = options.refusalRetry ?? { initialMs: 1_000, maxMs: 30_000 }
    this.#quarantine = new Quarantine(
      { ...shared, client: this.#writer, onPublished: (result) => countResult(this.#metrics, result) },
      { attempts: options.attempts ?? 3, retry: refusalRetry },
    )
    this.#pump = new Pump(
      {
        ...shared,
        reader: this.#reader,
        writer: this.#writer,
        leases: this.#leases,
        quarantine: this.#quarantine,
        metrics: this.#metrics,
      },
      {
        page: { rows: options.pageRows ?? 1_000, bytes: options.pageBytes ?? 4 << 20 },
        retry: options.retry ?? { initialMs: 100, maxMs: 5_000 },
        refusalRetryMs: refusalRetry.initialMs,
        turnMs,
      },
    )
  }

  /** Begins to work and returns at once; the database and Kafka may come later. */
  start(): void {
    this.#leases.start()
    this.#running = this.#run()
  }

  /** Finishes the page under way, hands the shards over and closes its database connections. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#wake.abort()
    await this.#running
    try {
      await this.#storeMoved()
      await this.#leases.stop()
    } catch (error) {
      this.#logger.warn(
        { err: error },
        'shards could not be handed over; they come free when their leases end',
      )
    }
    await Promise.all([this.#reader.end(), this.#writer.end()])
  }

  status(): RelayStatus {
    return {
      owner: this.#leases.owner,
      shards: [...this.#leases.shards].sort((a, b) => a - b),
      problem: this.#problem,
      stalledShards: this.#lanes.filter((lane) => lane.stall).flatMap((lane) => [...lane.shards.keys()]),
      quarantinedKeys: this.#quarantine.size,
    }
  }

  async #run(): Promise<void> {
    let failures = 0
    let pollMs = this.#minPollMs
    while (!this.#stopping.signal.aborted) {
      try {
        const found = await this.#round()
        failures = 0
        this.#problem = undefined
        pollMs = found ? this.#minPollMs : Math.min(this.#maxPollMs, pollMs * 1.2)
        if (await this.#sleep(this.#pauseMs(pollMs))) pollMs = this.#minPollMs
      } catch (error) {
        failures += 1
        await this.#recover(error, failures)
      }
    }
  }

  #pauseMs(pollMs: number): number {
    if (this.#lanes.some((lane) => lane.window && !lane.stall)) return 0
    const retryAt = Math.min(...this.#lanes.map((lane) => lane.stall?.retryAt ?? Number.POSITIVE_INFINITY))
    const jittered = pollMs * (0.8 + Math.random() * 0.4)
    return Math.max(0, Math.min(jittered, retryAt - performance.now()))
  }

  /** After any failure the cursors are read anew: what was stored may not be what was meant to be. */
  async #recover(error: unknown, failures: number): Promise<void> {
    this.#problem = error instanceof Error ? error.message : String(error)
    this.#logger.warn({ err: error, failures }, 'relay interrupted')
    this.#lanes = []
    this.#shards = 0
    this.#seqBefore = undefined
    await this.#sleep(retryDelayMs(failures, outageRetry))
  }

  async #round(): Promise<boolean> {
    if (this.#shards === 0) await this.#begin()
    await this.#shareShards()
    this.#lanes = mergeIdle(keepHeld(this.#lanes, (shard) => this.#leases.shards.has(shard)))
    this.#showState()
    await this.#doDuties()
    if (this.#lanes.length === 0) return false
    const probe = await this.#probe()
    if (probe === undefined) return true
    return this.#stepLanes(probe)
  }

  /** Waits for every lane also when one fails: nothing of this round may be under way in the next. */
  async #stepLanes(probe: Probe): Promise<boolean> {
    const { signal } = this.#stopping
    const steps = await Promise.allSettled(this.#lanes.map((lane) => this.#pump.step(lane, probe, signal)))
    for (const step of steps) if (step.status === 'rejected') throw step.reason
    return steps.some((step) => step.status === 'fulfilled' && step.value)
  }

  /** @throws RelayError when this database has no outbox, or one whose cursors come from elsewhere. */
  async #begin(): Promise<void> {
    const [setting] = await query<SettingRow>(this.#reader, readSetting).catch(explainMissing)
    if (!setting)
      throw new RelayError('notMigrated', 'The table outbox.setting is empty. Run the migrations.')
    if (!setting.same_cluster)
      throw new RelayError(
        'foreignCursor',
        'The outbox was restored from another Postgres cluster, so its cursors mean nothing here. Run `relevo rebase`.',
      )
    await this.#adopt(await this.#leases.reload())
    this.#shards = setting.shards
  }

  async #shareShards(): Promise<void> {
    if (performance.now() < this.#takeAt) return
    await this.#adopt(await this.#leases.take(this.#shards))
    const surplus = this.#leases.shards.size - this.#leases.fairShare(this.#shards)
    if (surplus > 0) await this.#giveBack([...this.#leases.shards].slice(-surplus))
    this.#takeAt = performance.now() + this.#leases.leaseMs / 3
  }

  async #adopt(rows: CursorRow[]): Promise<void> {
    if (rows.length === 0) return
    await this.#quarantine.load(rows.map((row) => row.shard))
    this.#lanes.push(...toLanes(rows))
  }

  async #giveBack(shards: number[]): Promise<void> {
    await this.#storeMoved()
    const given = new Set(shards)
    this.#lanes = keepHeld(this.#lanes, (shard) => !given.has(shard))
    for (const shard of shards) this.#quarantine.forget(shard)
    await this.#leases.release(shards)
  }

  async #doDuties(): Promise<void> {
    if (performance.now() > this.#storeAt) {
      await this.#storeMoved()
      this.#storeAt = performance.now() + storeEveryMs
    }
    if (performance.now() < this.#dutyAt) return
    const epochs = new Map(this.#lanes.flatMap((lane) => [...lane.shards]))
    this.#leases.assertHeld()
    await this.#quarantine.work(epochs)
    this.#dutyAt = performance.now() + dutyEveryMs
  }

  async #storeMoved(): Promise<void> {
    for (const lane of this.#lanes) if (lane.unstored && !lane.stall) await this.#pump.store(lane)
  }

  /** @returns undefined at the first look, which has no look before it. */
  async #probe(): Promise<Probe | undefined> {
    const [row] = await query<ProbeRow>(this.#reader, probeOutbox)
    if (!row)
      throw new RelayError('notMigrated', 'The sequence outbox.event_id_seq is gone. Run the migrations.')
    this.#metrics.probes.inc()
    const seqBefore = this.#seqBefore
    const seq = Number(row.seq)
    this.#seqBefore = seq
    return seqBefore === undefined ? undefined : { snapshot: parseSnapshot(row.snapshot), seq, seqBefore }
  }

  #showState(): void {
    const { stalledShards, shards, quarantinedKeys } = this.status()
    this.#metrics.shards.set(shards.length)
    this.#metrics.stalledShards.set(stalledShards.length)
    this.#metrics.quarantinedKeys.set(quarantinedKeys)
  }

  #onWake(payload: string | undefined): void {
    if (payload === 'leases') this.#takeAt = 0
    if (payload === 'quarantine') this.#dutyAt = 0
    this.#wake.abort()
  }

  /** @returns whether a wake-up cut the pause short, or came while no pause was made. */
  async #sleep(ms: number): Promise<boolean> {
    const { signal } = this.#wake
    if (!signal.aborted) await delay(ms, undefined, { signal }).catch(() => {})
    if (!signal.aborted) return false
    if (!this.#stopping.signal.aborted) this.#wake = new AbortController()
    return true
  }

  #connect(name: string, onWake?: (payload: string | undefined) => void): SqlClient {
    return createSqlClient({
      connectionString: this.#options.databaseUrl,
      applicationName: `relevo ${name}`,
      timeoutMs: statementTimeoutMs,
      onError: (error) => this.#logger.warn({ err: error }, 'database connection lost'),
      ...(onWake && { onWake }),
    })
  }
}

function explainMissing(error: unknown): never {
  const sqlState = error instanceof Error && 'code' in error ? error.code : undefined
  if (sqlState !== '3F000' && sqlState !== '42P01') throw error
  throw new RelayError('notMigrated', 'This database has no outbox. Run the migrations.', { cause: error })
}
