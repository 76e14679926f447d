import { type BackoffBounds, backoffMs } from '@relevo/backoff'
import { isDue, openWindow, type Probe, positionOf, type Window } from '@relevo/cursor'
import { KafkaError } from '@relevo/kafka'
import { closeWindow, type Lane, type Stall } from '../cursor/lane.ts'
import type { Logger } from '../logger.ts'
import type { RelayMetrics } from '../operate/metrics.ts'
import { RelayError } from '../relayError.ts'
import type { SqlClient } from '../sqlClient.ts'
import type { Delivery } from './delivery.ts'
import type { OutboxEvent } from './event.ts'
import { countByShard, isOtherTopicDue, type Page, readPage, storeFailure } from './laneStore.ts'
import { Outage } from './outage.ts'
import { PagesAhead } from './pagesAhead.ts'
import type { PublishResult } from './publishEvents.ts'

export interface PumpOptions {
  /** Pauses while the broker rejects a page. */
  retry: BackoffBounds
  /** How long to work on a backlog before other duties get their turn, in milliseconds. */
  turnMs: number
}

export interface PumpPorts {
  reader: SqlClient
  writer: SqlClient
  delivery: Delivery
  metrics: RelayMetrics
  logger: Logger
}

const namedRetryMaxMs = 1_000

/** Advances a lane: reads due events, publishes them, stores its progress. */
export class Pump {
  readonly #ports: PumpPorts
  readonly #options: PumpOptions
  readonly #outage: Outage

  constructor(ports: PumpPorts, options: PumpOptions) {
    this.#ports = ports
    this.#options = options
    this.#outage = new Outage(ports.logger)
  }

  /** @returns whether there was anything to publish. Ends early, between two pages, when `signal` aborts. */
  async step(lane: Lane, probe: Probe, signal: AbortSignal): Promise<boolean> {
    if (lane.stall && performance.now() < lane.stall.retryAt) return false
    const window = this.#windowOf(lane, probe)
    if (window === undefined) return false
    const first = await this.#read(lane, window)
    await this.#publishPages(lane, window, first, signal)
    return first.events.length > 0
  }

  /** Why pages are not accepted, if so. */
  get problem(): string | undefined {
    return this.#outage.problem
  }

  /** The error behind it. */
  get trouble(): Error | undefined {
    return this.#outage.trouble
  }

  /** Stores the cursor of a lane that advanced without events. */
  async store(lane: Lane): Promise<void> {
    await this.#ports.delivery.settle(lane, { acknowledged: new Map(), refused: [], behind: [] }, true)
    lane.unstored = false
  }

  #windowOf(lane: Lane, probe: Probe): Window | undefined {
    // A stalled window without a page yet is reopened, so that newer events are tried, too.
    if (lane.window && !(lane.stall && lane.window.lastId === 0)) return lane.window
    if (!lane.stall && !lane.fresh && !isDue(lane.published, probe)) return undefined
    lane.fresh = false
    lane.window = openWindow(lane.published, positionOf(probe))
    return lane.window
  }

  #read(lane: Lane, window: Window, afterId = window.lastId): Promise<Page> {
    return readPage(this.#ports.reader, lane, window, afterId, this.#ports.delivery.pageBounds)
  }

  /** Reads a page and encodes its events, while earlier pages are in flight. */
  async #readAhead(lane: Lane, window: Window, afterId: number): Promise<Page> {
    const page = await this.#read(lane, window, afterId)
    return { ...page, prepared: this.#ports.delivery.prepare(page.events) }
  }

  /** While Kafka handles a page, Postgres reads the next ones and stores the cursor of the previous one. */
  async #publishPages(lane: Lane, window: Window, first: Page, signal: AbortSignal): Promise<void> {
    const until = performance.now() + this.#options.turnMs
    const pages = new PagesAhead(first, (afterId) => this.#readAhead(lane, window, afterId))
    let storing: Promise<void> | undefined
    try {
      for (let page: Page | undefined = first; page !== undefined; ) {
        const result = await this.#publish(lane, window, page)
        await storing
        if (result.trouble) return await this.#stall(lane, page, result.acknowledged, result.trouble)
        storing = this.#advance(lane, window, page, result)
        storing.catch(() => {})
        page = signal.aborted || performance.now() > until ? undefined : await pages.take()
      }
    } finally {
      await storing
    }
  }

  /** Events of a stalled page that were acknowledged before count with the rest. */
  async #publish(lane: Lane, window: Window, page: Page): Promise<PublishResult> {
    const { delivery, reader } = this.#ports
    const lastId = page.events.at(-1)?.id ?? window.lastId
    const othersWait = (topics: readonly string[]) =>
      isOtherTopicDue(reader, lane, { ...window, lastId }, topics)
    const done = page.events.filter((event) => lane.stall?.acknowledged.has(event.id))
    if (done.length === 0)
      return delivery.deliver(page.events, lane.shards.keys(), { prepared: page.prepared, othersWait })
    const result = await delivery.deliver(without(page.events, done), lane.shards.keys(), { othersWait })
    return { ...result, acknowledged: [...done, ...result.acknowledged] }
  }

  /** Moves the lane past a page, at once, and begins to store that. */
  #advance(lane: Lane, window: Window, page: Page, result: PublishResult): Promise<void> {
    lane.stall = withoutPage(lane.stall, page)
    this.#outage.note(result.acknowledged.length)
    if (page.complete) this.#outage.end()
    const lastId = page.events.at(-1)?.id
    if (page.complete) closeWindow(lane)
    else if (lastId !== undefined) window.lastId = lastId
    // An empty page after others stores that the window is closed; alone it can wait.
    if (page.events.length === 0 || result.acknowledged.length > 0) lane.unstored = true
    return this.#ports.delivery.settle(lane, { ...result, acknowledged: countByShard(result.acknowledged) })
  }

  async #stall(lane: Lane, page: Page, acknowledged: OutboxEvent[], trouble: Error): Promise<void> {
    const { metrics, logger, writer } = this.#ports
    const attempts = (lane.stall?.attempts ?? 0) + 1
    const { initialMs, maxMs } = this.#options.retry
    // While Kafka names the failing topics, newer events of other topics must not wait for long.
    const isNamed = trouble instanceof KafkaError && trouble.scope !== 'cluster'
    const bounds = { initialMs, maxMs: isNamed ? Math.min(maxMs, namedRetryMaxMs) : maxMs }
    const delayMs = backoffMs(attempts, bounds)
    const ids = new Set(acknowledged.map((event) => event.id))
    lane.stall = { attempts, retryAt: performance.now() + delayMs, acknowledged: ids }
    metrics.failures.inc({ code: codeOf(trouble) })
    const pending = page.events.filter((event) => !ids.has(event.id))
    this.#outage.begin(trouble, codeOf(trouble), pending.length)
    logger.debug({ err: trouble, attempts, retryInMs: Math.round(delayMs) }, 'page not taken by the broker')
    const shards = [...new Set(pending.map((event) => event.shard))]
    const id = pending.at(-1)?.id ?? 0
    await storeFailure(writer, lane, { shards, id, attempts, error: trouble.message })
    lane.unstored = true
  }
}

function without(events: OutboxEvent[], except: readonly OutboxEvent[]): OutboxEvent[] {
  if (except.length === 0) return events
  const excepted = new Set(except)
  return events.filter((event) => !excepted.has(event))
}

/** Events that Kafka acknowledged beyond a page that was smaller than the previous one: they are not resent. */
function withoutPage(stall: Stall | undefined, { events, complete }: Page): Stall | undefined {
  if (stall === undefined || complete) return undefined
  const left = new Set(stall.acknowledged)
  for (const { id } of events) left.delete(id)
  return left.size === 0 ? undefined : { attempts: 0, retryAt: performance.now(), acknowledged: left }
}

function codeOf(error: Error): string {
  return error instanceof KafkaError || error instanceof RelayError ? error.code : 'unknown'
}
