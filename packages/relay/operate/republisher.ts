import { type BackoffBounds, backoffMs } from '@relevo/backoff'
import type { PageBounds } from '@relevo/cursor'
import type { Logger } from '../logger.ts'
import { type OutboxEvent, toOutboxEvent } from '../publish/event.ts'
import type { PublishResult } from '../publish/publishEvents.ts'
import { RelayError } from '../relayError.ts'
import {
  type OpenShardRow,
  readOpenShards,
  readRepublishPage,
  storeRepublished,
} from '../sql/republishShard.ts'
import type { SqlClient } from '../sqlClient.ts'
import type { RelayMetrics } from './metrics.ts'

export interface RepublisherPorts {
  client: SqlClient
  /** Publishes events in the order of each key. */
  publish: (events: OutboxEvent[]) => Promise<PublishResult>
  metrics: Pick<RelayMetrics, 'republished' | 'republishRejected'>
  logger: Logger
}

export interface RepublisherOptions {
  page: PageBounds
  /** Pauses while Kafka is failing. */
  retry: BackoffBounds
}

/** How long to republish before other duties get their turn, in milliseconds. */
const turnMs = 250
/** Maximum number of ids per statement, however few of them match. */
const scannedIds = 20_000
/** A request comes with a notification; if that is lost, the request is found after this time. */
const lookEveryMs = 10_000

/** The outcome of a page. */
export interface Republished {
  readonly published: number
  readonly rejected: number
  /** The last rejection. */
  readonly error: string | undefined
  /** The first unsent event, and the reason; undefined if the page is done. */
  readonly left: { readonly id: number; readonly trouble: Error } | undefined
}

/**
 * Republishes requested events in this relay's shards, page by page in order of ids. Its progress is
 * stored under the lease's epoch, so the next owner of a shard continues there.
 *
 *   requested ─▶ a page published ─▶ stored ─▶ … ─▶ done
 *                     │   ▲                    └──▶ aborted
 *         Kafka away  ▼   │ pause
 */
export class Republisher {
  readonly #ports: RepublisherPorts
  readonly #options: RepublisherOptions
  #failures = 0
  /** By performance.now(), as the next. */
  #retryAt = 0
  /** Without open requests, the next check is not before this. */
  #lookAt = 0

  constructor(ports: RepublisherPorts, options: RepublisherOptions) {
    this.#ports = ports
    this.#options = options
  }

  /** There may be a request. */
  wake(): void {
    this.#lookAt = 0
  }

  /**
   * Works on open requests for a while. No page of these shards may be in flight.
   * @returns whether there is more to do at once. @throws RelayError `leaseLost`.
   */
  async work(epochs: ReadonlyMap<number, bigint>): Promise<boolean> {
    const now = performance.now()
    if (epochs.size === 0 || now < this.#retryAt || now < this.#lookAt) return false
    const until = now + turnMs
    this.#lookAt = now + lookEveryMs
    const found = await readOpenShards(this.#ports.client, [...epochs.keys()])
    if (found.length > 0) this.#lookAt = 0
    for (const open of found) {
      let afterId: number | undefined = Number(open.last_id)
      while (afterId !== undefined) {
        if (performance.now() > until) return true
        afterId = await this.#page(open, afterId, epochs.get(open.shard) ?? 0n)
        if (performance.now() < this.#retryAt) return false
      }
    }
    return false
  }

  /** @returns the id up to which the shard is done; undefined if all of it is, or the request was aborted. */
  async #page(open: OpenShardRow, afterId: number, epoch: bigint): Promise<number | undefined> {
    const { client, logger } = this.#ports
    const { request, shard, settle } = open
    const endId = Number(open.end_id)
    const toId = Math.min(endId, afterId + scannedIds)
    const bounds = this.#options.page
    const rows = await readRepublishPage(client, {
      request,
      shard,
      afterId,
      toId,
      ...bounds,
    })
    const isFull = rows.length === bounds.rows || rows.at(-1)?.[10] === true
    const events = rows.map(toOutboxEvent)
    const { published, rejected, error, left } = await republish(events, this.#ports.publish)
    const lastId = left ? left.id - 1 : isFull ? (events.at(-1)?.id ?? toId) : toId
    const isDone = lastId >= endId
    const progress = { request, shard, epoch, lastId, published, rejected, error, isDone, settle }
    const { is_held, is_open } = await storeRepublished(client, progress)
    if (!is_held) throw new RelayError('leaseLost', 'Another relay has taken a shard and publishes it again.')
    this.#count(events, lastId, rejected)
    this.#heed(left?.trouble, request)
    if (isDone && is_open) logger.info({ request, shard }, 'shard published again')
    return isDone || !is_open ? undefined : lastId
  }

  #count(events: readonly OutboxEvent[], lastId: number, rejected: number): void {
    const { republished, republishRejected } = this.#ports.metrics
    republished.inc(Math.max(0, events.filter(({ id }) => id <= lastId).length - rejected))
    republishRejected.inc(rejected)
  }

  #heed(trouble: Error | undefined, request: string): void {
    if (trouble === undefined) {
      this.#failures = 0
      return
    }
    this.#failures += 1
    this.#retryAt = performance.now() + backoffMs(this.#failures, this.#options.retry)
    if (this.#failures === 1)
      this.#ports.logger.warn({ err: trouble, request }, 'publishing again is interrupted; tries go on')
  }
}

/** Publishes events; leaves out those that Kafka rejects permanently, and continues with later ones of their keys. */
export async function republish(
  events: OutboxEvent[],
  publish: RepublisherPorts['publish'],
): Promise<Republished> {
  const acknowledged = new Set<OutboxEvent>()
  const rejected = new Set<OutboxEvent>()
  let error: string | undefined
  let trouble: Error | undefined
  for (let waiting = events; waiting.length > 0 && trouble === undefined; ) {
    const result = await publish(waiting)
    for (const event of result.acknowledged) acknowledged.add(event)
    for (const { event, error: refusal } of result.refused) {
      if (refusal.scope !== 'record') continue
      rejected.add(event)
      error = `event ${event.eventId}: ${refusal.message}`
    }
    trouble = result.trouble ?? troubleOf(result)
    waiting = result.behind
  }
  const first = events.findIndex((event) => !acknowledged.has(event) && !rejected.has(event))
  const done = first < 0 ? events : events.slice(0, first)
  // Events acknowledged after the first unsent one are resent with it, and counted then.
  const count = done.filter((event) => rejected.has(event)).length
  const id = events[first]?.id
  return {
    published: done.length - count,
    rejected: count,
    error,
    left: trouble && id !== undefined ? { id, trouble } : undefined,
  }
}

function troubleOf({ refused }: PublishResult): Error | undefined {
  const named = refused.find(({ error }) => error.scope !== 'record')
  return named && new Error(named.error.message)
}
