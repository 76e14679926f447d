import { KafkaError } from '@relevo/kafka'
import { closeWindow, type Lane, type Stall } from '../cursor/lane.ts'
import {
  countByShard,
  isOtherTopicDue,
  type LanePlace,
  type Outcome,
  type Page,
  type PageBounds,
  readPage,
  storeFailure,
  storeOutcome,
} from '../cursor/laneStore.ts'
import type { Leases } from '../cursor/leases.ts'
import { isDue, openWindow, type Probe, positionOf, type Window } from '../cursor/window.ts'
import type { Logger } from '../logger.ts'
import type { RelayMetrics } from '../operate/metrics.ts'
import type { Quarantine } from '../operate/quarantine.ts'
import { RelayError } from '../relayError.ts'
import { type RetryBounds, retryDelayMs } from '../retryDelay.ts'
import type { SqlClient } from '../sqlClient.ts'
import { type OutboxEvent, timeOf } from './event.ts'
import type { EventSender } from './eventSender.ts'
import { HoldJudge } from './holdJudge.ts'
import { Outage } from './outage.ts'
import { PageSize } from './pageSize.ts'
import { PagesAhead } from './pagesAhead.ts'
import { type Prepared, type PublishResult, publishEvents } from './publishEvents.ts'

export interface PumpOptions {
  page: PageBounds
  /** Pauses while the broker does not take a page. */
  retry: RetryBounds
  /** Pause before an event that the broker refused is tried again, in milliseconds. */
  refusalRetryMs: number
  /** Longest time that a backlog is worked on before the other duties have their turn, in milliseconds. */
  turnMs: number
}

export interface PumpPorts {
  reader: SqlClient
  writer: SqlClient
  leases: Leases
  quarantine: Quarantine
  sender: EventSender
  metrics: RelayMetrics
  logger: Logger
}

export interface DeliverOptions {
  /** Sends all of the events, which were encoded ahead. */
  prepared?: Prepared | undefined
  /** Do events of other topics than these wait behind these events? */
  othersWait?: (topics: readonly string[]) => Promise<boolean>
}

const namedRetryMaxMs = 1_000
/** Pages held for a topic, with nothing acknowledged since, before the lane waits. */
const unprovenPages = 20

/** Moves a lane on: reads what is due, publishes it, stores how far it got. */
export class Pump {
  readonly #ports: PumpPorts
  readonly #options: PumpOptions
  readonly #holdJudge: HoldJudge
  readonly #outage: Outage
  readonly #pageSize: PageSize

  constructor(ports: PumpPorts, options: PumpOptions) {
    this.#ports = ports
    this.#options = options
    this.#outage = new Outage(ports.logger)
    this.#pageSize = new PageSize(options.page)
    this.#holdJudge = new HoldJudge(ports.quarantine, unprovenPages * options.page.rows)
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

  /** Most events to send at once now. */
  get pageRows(): number {
    return this.#pageSize.bounds.rows
  }

  /** Why pages are not taken, while that is so. */
  get problem(): string | undefined {
    return this.#outage.problem
  }

  /** The error behind it. */
  get trouble(): Error | undefined {
    return this.#outage.trouble
  }

  /** Kafka has acknowledged an event: the cluster is not down as a whole. */
  acknowledge(): void {
    this.#holdJudge.acknowledge()
  }

  /** Stores the place of a lane that moved on without events. */
  async store(lane: Lane): Promise<void> {
    await this.settle(lane, { acknowledged: new Map(), refused: [], behind: [] }, true)
    lane.unstored = false
  }

  /**
   * Publishes events of these shards, but for those whose keys, topics or partitions are held back. Trouble of topics
   * is that of the lane, too, unless it is certain that others go on.
   */
  async deliver(
    events: OutboxEvent[],
    shards: Iterable<number>,
    { prepared, othersWait }: DeliverOptions = {},
  ): Promise<PublishResult> {
    const { quarantine, leases } = this.#ports
    const { sendable, blocked, behind } = quarantine.sort(events)
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

  /** Stores a place with what became of the events on the way to it. @param all see {@link storeOutcome}. */
  async settle(place: LanePlace, outcome: Outcome, all = false): Promise<void> {
    const { writer, quarantine, logger } = this.#ports
    quarantine.add(outcome.refused, outcome.behind)
    for (const { event, error } of outcome.refused) {
      if (error.scope !== 'record') continue
      const facts = { eventId: event.eventId, topic: event.topic, type: event.type, shard: event.shard }
      logger.warn({ ...facts, code: error.code, error: error.message }, 'event rejected')
    }
    await storeOutcome(writer, place, outcome, { all, firstRetryMs: this.#options.refusalRetryMs })
  }

  #windowOf(lane: Lane, probe: Probe): Window | undefined {
    // A stalled window that has no page behind it yet is opened anew, so that what came since is tried, too.
    if (lane.window && !(lane.stall && lane.window.lastId === 0)) return lane.window
    if (!lane.stall && !lane.fresh && !isDue(lane.published, probe)) return undefined
    lane.fresh = false
    lane.window = openWindow(lane.published, positionOf(probe))
    return lane.window
  }

  #read(lane: Lane, window: Window, afterId = window.lastId): Promise<Page> {
    return readPage(this.#ports.reader, lane, window, afterId, this.#pageSize.bounds)
  }

  /** Reads a page and encodes its events, while those before it are under way. */
  async #readAhead(lane: Lane, window: Window, afterId: number): Promise<Page> {
    const page = await this.#read(lane, window, afterId)
    if (this.#ports.quarantine.size > 0) return page
    return { ...page, prepared: this.#ports.sender.prepare(page.events) }
  }

  /** While Kafka takes a page, Postgres reads those behind it and stores the place behind the one before. */
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

  /** What a stalled lane's page had acknowledged before counts with the rest. */
  async #publish(lane: Lane, window: Window, page: Page): Promise<PublishResult> {
    const lastId = page.events.at(-1)?.id ?? window.lastId
    const othersWait = (topics: readonly string[]) =>
      isOtherTopicDue(this.#ports.reader, lane, { ...window, lastId }, topics)
    const done = page.events.filter((event) => lane.stall?.acknowledged.has(event.id))
    if (done.length === 0)
      return this.deliver(page.events, lane.shards.keys(), { prepared: page.prepared, othersWait })
    const result = await this.deliver(without(page.events, done), lane.shards.keys(), { othersWait })
    return { ...result, acknowledged: [...done, ...result.acknowledged] }
  }

  /** Moves the lane behind a page, at once, and begins to store that. */
  #advance(lane: Lane, window: Window, page: Page, result: PublishResult): Promise<void> {
    lane.stall = withoutPage(lane.stall, page)
    this.#outage.note(result.acknowledged.length)
    if (page.complete) this.#outage.end()
    const lastId = page.events.at(-1)?.id
    if (page.complete) closeWindow(lane)
    else if (lastId !== undefined) window.lastId = lastId
    // An empty page behind others stores that the window is closed; by itself it can wait.
    if (page.events.length === 0 || result.acknowledged.length > 0) lane.unstored = true
    return this.settle(lane, { ...result, acknowledged: countByShard(result.acknowledged) })
  }

  async #send(events: OutboxEvent[], prepared?: Prepared): Promise<PublishResult> {
    const { sender, metrics } = this.#ports
    if (events.length === 0) return { acknowledged: [], refused: [], behind: [], trouble: undefined }
    const startedAt = performance.now()
    const result = await publishEvents(events, sender.send, prepared)
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

  async #stall(lane: Lane, page: Page, acknowledged: OutboxEvent[], trouble: Error): Promise<void> {
    const { metrics, logger, writer } = this.#ports
    const attempts = (lane.stall?.attempts ?? 0) + 1
    const { initialMs, maxMs } = this.#options.retry
    // While Kafka names what it is about, other topics' events that come in the meantime must not wait for long.
    const isNamed = trouble instanceof KafkaError && trouble.scope !== 'cluster'
    const bounds = { initialMs, maxMs: isNamed ? Math.min(maxMs, namedRetryMaxMs) : maxMs }
    const delayMs = retryDelayMs(attempts, bounds)
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

function isTimeout(error: Error): boolean {
  return error instanceof KafkaError && error.code === 'timeout'
}

/** What Kafka has acknowledged behind a page that was smaller than the one before: it is not sent again. */
function withoutPage(stall: Stall | undefined, { events, complete }: Page): Stall | undefined {
  if (stall === undefined || complete) return undefined
  const left = new Set(stall.acknowledged)
  for (const { id } of events) left.delete(id)
  return left.size === 0 ? undefined : { attempts: 0, retryAt: performance.now(), acknowledged: left }
}

export function countResult(metrics: RelayMetrics, result: PublishResult): void {
  const topics = new Map<string, number>()
  for (const { topic } of result.acknowledged) topics.set(topic, (topics.get(topic) ?? 0) + 1)
  for (const [topic, count] of topics) metrics.published.inc({ topic }, count)
  for (const { error } of result.refused) metrics.refused.inc({ code: error.code })
}

function codeOf(error: Error): string {
  return error instanceof KafkaError || error instanceof RelayError ? error.code : 'unknown'
}
