import type { Producer } from '@relevo/kafka'
import type pg from 'pg'
import { keepHeld, type Lane, mergeIdle, toLanes } from './cursor/lane.ts'
import { type LeaseOptions, Leases } from './cursor/leases.ts'
import { type Probe, probeOutbox } from './cursor/probeOutbox.ts'
import { SleepMarks } from './cursor/sleepMarks.ts'
import type { Logger } from './logger.ts'
import type { RelayMetrics } from './operate/metrics.ts'
import { Quarantine, type QuarantineOptions } from './operate/quarantine.ts'
import { Republisher } from './operate/republisher.ts'
import type { Hold } from './operate/topicHolds.ts'
import { countResult, Delivery, type DeliveryOptions } from './publish/delivery.ts'
import { describeTopic } from './publish/describeTopic.ts'
import type { OutboxEvent } from './publish/event.ts'
import { EventSender } from './publish/eventSender.ts'
import { KafkaCluster } from './publish/kafkaCluster.ts'
import { publishEvents } from './publish/publishEvents.ts'
import { Pump, type PumpOptions } from './publish/pump.ts'
import { RelayError } from './relayError.ts'
import type { DatabaseUrl } from './sessionSettings.ts'
import type { CursorRow } from './sql/leases.ts'
import { readSetting, type SettingRow } from './sql/readSetting.ts'
import { openSqlClient, type SqlClient } from './sqlClient.ts'
import type { WalIntervals } from './wal/walIntervals.ts'
import { WalSource } from './wal/walSource.ts'

export interface RelaySessionOptions {
  databaseUrl: DatabaseUrl
  producer: Producer
  source: string
  logger: Logger
  metrics: RelayMetrics
  lease: LeaseOptions
  delivery: DeliveryOptions
  pump: PumpOptions
  quarantine: QuarantineOptions
  /** How often the cursors of shards without events are stored, in milliseconds. */
  storeAllMs: number
  /** Read the write-ahead log; without it the table. */
  wal:
    | { slot: string; unreadBytes: number; intervals: WalIntervals; distrust: () => Error | undefined }
    | undefined
  onWake: () => void
  /** Pause between two checks of the quarantine, in milliseconds; default 500. */
  dutyEveryMs?: number
}

const statementTimeoutMs = 30_000

/**
 * The relay's work on one pair of connections. Any failure ends the session, with all its in-memory state:
 * the next one begins with the stored cursors.
 */
export class RelaySession {
  readonly #options: RelaySessionOptions
  readonly #reader: pg.Pool
  readonly #writer: pg.Pool
  readonly #leases: Leases
  readonly #quarantine: Quarantine
  readonly #republisher: Republisher
  readonly #cluster: KafkaCluster
  readonly #delivery: Delivery
  readonly #pump: Pump
  readonly #wal: WalSource | undefined
  readonly #sleepMarks: SleepMarks
  #lanes: Lane[] = []
  #shards = 0
  #seqBefore: number | undefined
  #takeAt = 0
  #dutyAt = 0
  #storeAt = 0

  constructor(options: RelaySessionOptions) {
    const { logger, metrics, producer, source } = options
    this.#options = options
    this.#reader = this.#connect('relevo relay reader', (payload) => this.#onWake(payload))
    this.#writer = this.#connect('relevo relay writer')
    this.#sleepMarks = new SleepMarks(this.#reader)
    this.#leases = new Leases(this.#writer, logger, options.lease)
    this.#cluster = new KafkaCluster(producer, this.#writer)
    const sender = new EventSender(producer, source, async () => {
      await this.#cluster.ensure()
      this.#leases.assertHeld()
    })
    const publish = async (events: OutboxEvent[]) => {
      const result = await publishEvents(events, sender.send)
      this.#cluster.assertOwn(result.trouble)
      if (result.acknowledged.length > 0) this.#delivery.acknowledge()
      return result
    }
    this.#quarantine = new Quarantine(
      {
        client: this.#writer,
        publish: async (events) => {
          const result = await publish(events)
          countResult(metrics, result)
          return result
        },
        partitionOf: ({ topic, partitionKey, key }) => producer.partitionOf(topic, partitionKey ?? key),
        describe: (topic, partition) => describeTopic(producer, topic, partition),
        logger,
      },
      options.quarantine,
    )
    this.#republisher = new Republisher(
      { client: this.#writer, publish, metrics, logger },
      { page: options.delivery.page, retry: options.pump.retry },
    )
    const shared = { writer: this.#writer, metrics, logger }
    this.#delivery = new Delivery(
      { ...shared, leases: this.#leases, waiting: this.#quarantine.keys, sender, cluster: this.#cluster },
      options.delivery,
    )
    this.#pump = new Pump({ ...shared, reader: this.#reader, delivery: this.#delivery }, options.pump)
    this.#wal = options.wal && this.#readWal(options.wal)
  }

  get lanes(): readonly Lane[] {
    return this.#lanes
  }

  get shards(): ReadonlySet<number> {
    return this.#leases.shards
  }

  get quarantinedKeys(): number {
    return this.#quarantine.keys.size
  }

  /** Why pages are not accepted, while one waits. */
  get problem(): string | undefined {
    return this.#isStalled ? this.#pump.problem : undefined
  }

  /** What Kafka's client threw then. */
  get trouble(): Error | undefined {
    return this.#isStalled ? this.#pump.trouble : undefined
  }

  get #isStalled(): boolean {
    return this.#lanes.some((lane) => lane.stall)
  }

  /** The topics and partitions that keys wait for. */
  get holds(): readonly Hold[] {
    return this.#quarantine.keys.holds
  }

  /** Whether the write-ahead log is read, and if not why. Undefined if the relay is set to read the table. */
  get stream(): { streaming: boolean; joining: boolean; problem: string | undefined } | undefined {
    return this.#wal
  }

  /** @throws RelayError if this database has no outbox, or one of another Postgres or Kafka cluster. */
  async begin(): Promise<void> {
    const setting = await this.#readSetting(this.#reader)
    const twin = await this.#readSetting(this.#writer)
    if (setting.server !== twin.server)
      throw new RelayError('connectionLost', 'The connections lead to two servers; a failover is under way.')
    if (!setting.same_cluster)
      throw new RelayError(
        'foreignCursor',
        'The outbox was restored from another Postgres cluster, so its cursors mean nothing here. Run `relevo rebase`.',
      )
    await this.#cluster.begin(setting.kafka_cluster_id)
    this.#shards = setting.shards
    await this.#adopt(await this.#leases.resume())
    this.#leases.start()
  }

  /** Takes its share of the shards, probes once, and publishes due events. @returns whether there were any. */
  async round(signal: AbortSignal): Promise<boolean> {
    await this.#shareShards()
    this.#lanes = mergeIdle(keepHeld(this.#lanes, (shard) => this.#leases.shards.has(shard)))
    await this.#doDuties()
    const whole = this.#wholeLane()
    if (await this.#wal?.step(whole, signal)) return true
    if (this.#lanes.length === 0) return false
    await this.#wal?.tend()
    const probe = await this.#probe()
    if (probe === undefined) return true
    this.#wal?.see(probe, whole)
    return this.#stepLanes(probe, signal)
  }

  /**
   * Lets events wake this relay while it makes long pauses and no shard waits for Kafka.
   * @returns whether it must probe once more before it sleeps.
   */
  async markAsleep(makesLongPauses: boolean): Promise<boolean> {
    const isIdle = !this.#wal?.streaming && this.#lanes.every((lane) => !lane.window && !lane.stall)
    return this.#sleepMarks.set(makesLongPauses && isIdle ? this.#leases.shards : new Set())
  }

  /** Hands the shards over to other relays. */
  async handOver(): Promise<void> {
    this.#leases.stop()
    await this.#wal?.leave()
    await this.#storeMoved()
    await this.#leases.handOver()
  }

  /** Closes the connections. Leases that were not handed over expire, or are resumed by the next session. */
  async end(): Promise<void> {
    this.#leases.stop()
    this.#wal?.close()
    await Promise.allSettled([this.#reader.end(), this.#writer.end()])
  }

  async #readSetting(client: SqlClient): Promise<SettingRow> {
    const setting = await readSetting(client).catch(explainMissing)
    if (!setting)
      throw new RelayError('notMigrated', 'The table outbox.setting is empty. Run the migrations.')
    return setting
  }

  /** The lane with all shards of the outbox, if there is one. */
  #wholeLane(): Lane | undefined {
    return this.#lanes.find((lane) => lane.shards.size === this.#shards)
  }

  /** Waits for every lane even if one fails: nothing may be in flight when the session ends. */
  async #stepLanes(probe: Probe, signal: AbortSignal): Promise<boolean> {
    const steps = await Promise.allSettled(this.#lanes.map((lane) => this.#pump.step(lane, probe, signal)))
    for (const step of steps) if (step.status === 'rejected') throw step.reason
    return steps.some((step) => step.status === 'fulfilled' && step.value)
  }

  async #shareShards(): Promise<void> {
    if (performance.now() < this.#takeAt) return
    const isTold = this.#takeAt === 0 // another relay is gone
    const everyMs = this.#leases.leaseMs / 3
    this.#takeAt = performance.now() + everyMs
    await this.#adopt(await this.#leases.take(this.#shards, isTold ? 0 : everyMs))
    const surplus = this.#leases.shards.size - this.#leases.fairShare(this.#shards)
    if (surplus > 0) await this.#giveBack([...this.#leases.shards].slice(-surplus))
  }

  async #adopt(rows: CursorRow[]): Promise<void> {
    if (rows.length === 0) return
    await this.#quarantine.load(rows.map((row) => row.shard))
    this.#republisher.wake()
    this.#lanes.push(...toLanes(rows))
  }

  async #giveBack(shards: number[]): Promise<void> {
    await this.#storeMoved()
    const given = new Set(shards)
    this.#lanes = keepHeld(this.#lanes, (shard) => !given.has(shard))
    for (const shard of shards) this.#quarantine.keys.forget(shard)
    await this.#leases.release(shards)
  }

  async #doDuties(): Promise<void> {
    if (performance.now() > this.#storeAt) {
      await this.#storeMoved()
      this.#storeAt = performance.now() + this.#options.storeAllMs
    }
    if (performance.now() < this.#dutyAt) return
    const epochs = new Map(this.#lanes.flatMap((lane) => [...lane.shards]))
    await this.#quarantine.work(epochs)
    const isBehind = await this.#republisher.work(epochs)
    this.#dutyAt = performance.now() + (isBehind ? 0 : (this.#options.dutyEveryMs ?? 500))
  }

  async #storeMoved(): Promise<void> {
    for (const lane of this.#lanes) if (lane.unstored && !lane.stall) await this.#pump.store(lane)
  }

  /** @returns undefined at the first probe, which follows no other. */
  async #probe(): Promise<Probe | undefined> {
    const probe = await probeOutbox(this.#reader)
    this.#options.metrics.probes.inc()
    const seqBefore = this.#seqBefore
    this.#seqBefore = probe.seq
    return seqBefore === undefined ? undefined : { ...probe, seqBefore }
  }

  #readWal({ distrust, ...wal }: NonNullable<RelaySessionOptions['wal']>): WalSource {
    const { databaseUrl, logger, delivery, metrics, storeAllMs } = this.#options
    const onLeft = (error: unknown) => metrics.streamsLeft.inc({ code: codeOf(error) })
    const ports = {
      databaseUrl,
      delivery: this.#delivery,
      writer: this.#writer,
      logger,
      storeAllMs,
      onLeft,
      distrust,
    }
    return new WalSource({ ...ports, probe: () => this.#probe() }, { ...wal, bytes: delivery.page.bytes })
  }

  #onWake(payload: string | undefined): void {
    if (payload === 'leases') this.#takeAt = 0
    if (payload === 'quarantine') {
      this.#dutyAt = 0
      this.#republisher.wake()
    }
    this.#options.onWake()
  }

  #connect(applicationName: string, onWake?: (payload: string | undefined) => void): pg.Pool {
    return openSqlClient({
      connectionString: this.#options.databaseUrl,
      applicationName,
      timeoutMs: statementTimeoutMs,
      onError: (error) => this.#options.logger.warn({ err: error }, 'database connection lost'),
      ...(onWake && { onWake }),
    })
  }
}

function explainMissing(error: unknown): never {
  const sqlState = error instanceof Error && 'code' in error ? error.code : undefined
  if (sqlState !== '3F000' && sqlState !== '42P01') throw error
  throw new RelayError('notMigrated', 'This database has no outbox. Run the migrations.', { cause: error })
}

function codeOf(error: unknown): string {
  return error instanceof RelayError ? error.code : 'connectionLost'
}
