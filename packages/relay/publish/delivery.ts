import type { PageBounds } from '@relevo/cursor'
import { KafkaError } from '@relevo/kafka'
import type { Leases } from '../cursor/leases.ts'
import type { Logger } from '../logger.ts'
import type { RelayMetrics } from '../operate/metrics.ts'
import type { WaitingKeys } from '../operate/waitingKeys.ts'
import type { SqlClient } from '../sqlClient.ts'
import { type OutboxEvent, timeOf } from './event.ts'
import type { EventSender } from './eventSender.ts'
import { HoldJudge } from './holdJudge.ts'
import type { KafkaCluster } from './kafkaCluster.ts'
import { type LaneCursor, type Outcome, storeOutcome } from './laneStore.ts'
import { PageSize } from './pageSize.ts'
import { type Prepared, type PublishResult, publishEvents } from './publishEvents.ts'

export interface DeliveryOptions {
  /** Most that is sent at once. */
  page: PageBounds
  /** Pause before a rejected event is tried again, in milliseconds. */
  refusalRetryMs: number
}

export interface DeliveryPorts {
  writer: SqlClient
  leases: Leases
  waiting: WaitingKeys
  sender: EventSender
  cluster: KafkaCluster
  metrics: RelayMetrics
  logger: Logger
}

export interface DeliverOptions {
  /** Sends all of the events, which were encoded ahead. */
  prepared?: Prepared | undefined
  /** Do events of other topics than these wait behind these events? */
  othersWait?: (topics: readonly string[]) => Promise<boolean>
}

/** Pages held for a topic, with nothing acknowledged since, before the lane waits. */
const unprovenPages = 20

/** Publishes events read from the table or the log, and stores the outcome. */
export class Delivery {
  readonly #ports: DeliveryPorts
  readonly #refusalRetryMs: number
  readonly #holdJudge: HoldJudge
  readonly #pageSize: PageSize

  constructor(ports: DeliveryPorts, { page, refusalRetryMs }: DeliveryOptions) {
    this.#ports = ports
    this.#refusalRetryMs = refusalRetryMs
    this.#pageSize = new PageSize(page)
    this.#holdJudge = new HoldJudge(ports.waiting, unprovenPages * page.rows)
  }

  /** How much to send at once now. */
  get pageBounds(): PageBounds {
    return this.#pageSize.bounds
  }

  /** Kafka has acknowledged an event: the cluster is not down as a whole. */
  acknowledge(): void {
    this.#holdJudge.acknowledge()
  }

  /** Encodes events ahead, unless some of them may have to wait. */
  prepare(events: readonly OutboxEvent[]): Prepared | undefined {
    return this.#ports.waiting.size > 0 ? undefined : this.#ports.sender.prepare(events)
  }

  /**
   * Publishes events of these shards, except those whose keys, topics or partitions are held back. A failing topic
   * stalls the lane, too, unless it is certain that others work.
   */
  async deliver(
    events: OutboxEvent[],
    shards: Iterable<number>,
    { prepared, othersWait }: DeliverOptions = {},
  ): Promise<PublishResult> {
    const { waiting, leases } = this.#ports
    const { sendable, blocked, behind } = waiting.sort(events)
    leases.assertHeld(shards)
    const sent = await this.#send(sendable, sendable.length === events.length ? prepared : undefined)
    if (sent.acknowledged.length > 0) this.#holdJudge.acknowledge()
    const result = {
      ...sent,
      refused: [...blocked, ...sent.refused],
      behind: [...behind, ...sent.behind],
    }
    if (sent.trouble) return result
    const trouble = await this.#holdJudge.judge(result, othersWait)
    return trouble ? { ...result, trouble } : result
  }

  /** Stores a cursor with the outcome of the events before it. @param all see {@link storeOutcome}. */
  async settle(cursor: LaneCursor, outcome: Outcome, all = false): Promise<void> {
    const { writer, waiting, logger } = this.#ports
    waiting.add(outcome.refused, outcome.behind)
    for (const { event, error } of outcome.refused) {
      if (error.scope !== 'record') continue
      const facts = { eventId: event.eventId, topic: event.topic, type: event.type, shard: event.shard }
      logger.warn({ ...facts, code: error.code, error: error.message }, 'event rejected')
    }
    await storeOutcome(writer, cursor, outcome, { all, firstRetryMs: this.#refusalRetryMs })
  }

  async #send(events: OutboxEvent[], prepared?: Prepared): Promise<PublishResult> {
    const { sender, cluster, metrics } = this.#ports
    if (events.length === 0) return { acknowledged: [], refused: [], behind: [], trouble: undefined }
    const startedAt = performance.now()
    const result = await publishEvents(events, sender.send, prepared)
    cluster.assertOwn(result.trouble)
    if (result.trouble === undefined) {
      metrics.sendSeconds.observe((performance.now() - startedAt) / 1_000)
      metrics.pageEvents.observe(events.length)
      const [oldest] = events
      if (oldest) metrics.delaySeconds.observe(Math.max(0, Date.now() - Date.parse(timeOf(oldest))) / 1_000)
    }
    if (result.trouble === undefined) this.#pageSize.grow(performance.now() - startedAt)
    else if (isTimeout(result.trouble)) this.#shrink(events, result)
    countResult(metrics, result)
    return result
  }

  #shrink(events: readonly OutboxEvent[], { acknowledged }: PublishResult): void {
    const bytes = events.reduce((sum, { payload }) => sum + payload.length, 0)
    this.#pageSize.shrink(events.length - acknowledged.length, bytes)
  }
}

function isTimeout(error: Error): boolean {
  return error instanceof KafkaError && error.code === 'timeout'
}

export function countResult(metrics: RelayMetrics, result: PublishResult): void {
  const topics = new Map<string, number>()
  for (const { topic } of result.acknowledged) topics.set(topic, (topics.get(topic) ?? 0) + 1)
  for (const [topic, count] of topics) metrics.published.inc({ topic }, count)
  for (const { error } of result.refused) metrics.refused.inc({ code: error.code })
}
