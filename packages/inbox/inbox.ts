import { createAlarm } from '@relevo/backoff'
import {
  type ConsumerHealth,
  type ConsumerOptions,
  createConsumer,
  createProducer,
  type KafkaConfig,
  type KafkaError,
  type Logger,
} from '@relevo/kafka'
import type { ConsumerSpans } from '@relevo/origin'
import type pg from 'pg'
import type { Registry } from 'prom-client'
import { createAvailability } from './availability.ts'
import { gatherBatches } from './gatherBatches.ts'
import type { InboxContext } from './inboxContext.ts'
import { createInboxCounts, type InboxStats } from './inboxCounts.ts'
import type { InboxHandlers } from './inboxEvent.ts'
import { createInboxMetrics } from './inboxMetrics.ts'
import { redriveDeadLetters } from './operate/redriveDeadLetters.ts'
import { type ReplaceRequest, type ReplaceResult, replaceDeadLetter } from './operate/replaceDeadLetter.ts'
import { processBatch, processTogether } from './processBatch.ts'
import { pause } from './retry.ts'
import type { DeadLetterFilter } from './sql/deadLetterFilter.ts'
import { runWorker, type WorkerOptions } from './worker.ts'

export interface InboxOptions {
  /** The caller ends it. With `pipeline: true`, events of different keys are handled concurrently. */
  readonly pool: pg.Pool
  /** The consumer group, under whose name the tables record what was processed. */
  readonly consumerName: string
  readonly kafka: KafkaConfig
  readonly topics: readonly string[]
  readonly handlers: InboxHandlers
  /**
   * What to do with events of a type without a handler; default `deadLetter`. Use `ignore` if several consumers share
   * a topic.
   */
  readonly onUnknownType?: 'deadLetter' | 'ignore'
  /** Default: 5 attempts in all, with a pause of at most 1 s at first, doubling up to 60 s. */
  readonly retry?: {
    readonly attempts?: number
    readonly initialMs?: number
    readonly maxMs?: number
    /** How long an event waits, without counting attempts, for a dependency that its handler calls `unavailable`; default 24 h. */
    readonly unavailableMs?: number
  }
  /** Topic for copies of dead letters, which must exist; default `<topic>.dlt`; null: none. */
  readonly deadLetterTopic?: string | ((topic: string) => string) | null
  /** Partitions handled concurrently; each takes a connection of the pool, and the worker one more. Default 3. */
  readonly concurrency?: number
  /** Keys handled concurrently on a pipelined connection; default 16. */
  readonly handlerConcurrency?: number
  /**
   * Maximum number of events per transaction; default: all that were fetched together. Use 1 for handlers with
   * effects outside the database: if one event of a transaction fails, the handlers of the others run again.
   */
  readonly transactionEvents?: number
  /**
   * For handlers that process many events at little more cost than one ({@link inboxBatch}): how long records gather from one fetch
   * to the next, in milliseconds. Records of several partitions then take effect in one transaction. The first record after a
   * pause does not wait. Default: each partition by itself, at once.
   */
  readonly gatherMs?: number
  /** Bytes fetched at once per partition; default 1 MiB. Use little for slow handlers: a group waits 60 s for a batch. */
  readonly fetchBytes?: number
  /** Maximum bytes of a record's key, value and headers; a larger one is a dead letter. Default 2 MiB, twice an outbox's limit. */
  readonly maxRecordBytes?: number
  /** A handler that takes longer fails; default 30 s. */
  readonly handlerTimeoutMs?: number
  /** How often the worker checks the held events and dead letters of other replicas; default 2 s. */
  readonly pollMs?: number
  /**
   * How long a processed event is remembered; default 30 days. It must exceed the topics' retention: an event
   * delivered again after that takes effect again.
   */
  readonly retentionDays?: number
  /** Bound of `stop`; default 10 s. */
  readonly stopTimeoutMs?: number
  /** How spans of events relate to the spans that recorded them, if the process has an OpenTelemetry SDK; default `linked`. */
  readonly spans?: ConsumerSpans
  readonly registry: Registry
  readonly logger: Logger
  /** How long it retries while Kafka refuses its credentials or rights, before it ends for good; default 5 minutes. */
  readonly giveUpAfterMs?: number
  /** Called after each transaction in which events took effect, for example to wake a worker that their effects concern. */
  readonly onProcessed?: () => void
  /** The consumer ended for good. A service should exit. */
  readonly onCrash?: (error: KafkaError) => void
}

/** Consumes events; each takes effect once. `stop` it before you end the pool. */
export interface Inbox {
  /** Begins to consume and to retry, and returns at once; `health` says when it has joined the group. */
  start(): void
  /** Finishes the open transactions, commits their offsets and leaves the group; resolves within `stopTimeoutMs`. */
  stop(): Promise<void>
  health(): ConsumerHealth
  stats(): InboxStats
  /**
   * Gives dead letters of this consumer new attempts at once, after the held events of their keys; returns how many. Letters
   * without a valid id or value stay.
   */
  redrive(filter?: Omit<DeadLetterFilter, 'consumer'>): Promise<number>
  /** Replaces a dead letter of this consumer by a new event, if the handler's schema accepts its payload. */
  replace(request: Omit<ReplaceRequest, 'consumer'>): Promise<ReplaceResult>
}

/** Creates an inbox on the tables of {@link inboxMigrations}. */
export function createInbox(options: InboxOptions): Inbox {
  const { pool, consumerName, kafka, logger } = options
  const stopping = new AbortController()
  const alarm = createAlarm(stopping.signal)
  const context = createContext(options, stopping.signal, alarm.wake)
  const consumer = createConsumer(kafka, {
    groupId: consumerName,
    topics: options.topics,
    ...takingOf(options, context),
    onCrash: (error) => options.onCrash?.(error),
    stopTimeoutMs: options.stopTimeoutMs ?? 10_000,
    ...(options.giveUpAfterMs !== undefined && { giveUpAfterMs: options.giveUpAfterMs }),
    ...(options.fetchBytes !== undefined && { maxBytesPerPartition: options.fetchBytes }),
  })
  const producer = createProducer(kafka)
  const worker: WorkerOptions = {
    pollMs: options.pollMs ?? 2_000,
    partitionsAheadDays: 14,
    retentionDays: options.retentionDays ?? 30,
    publisher: options.deadLetterTopic === null ? undefined : { producer, topicOf: deadLetterTopic(options) },
  }
  const onIdleError = (err: unknown) => logger.warn({ err }, 'an idle connection to the database broke')
  let working: Promise<void> = Promise.resolve()

  function start(): void {
    pool.on('error', onIdleError) // without a listener the event would end the process
    void consumer.start()
    working = runWorker(context, worker, alarm.sleep)
  }

  async function stop(): Promise<void> {
    stopping.abort()
    const bound = new AbortController()
    const late = pause(options.stopTimeoutMs ?? 10_000, bound.signal)
    await Promise.race([Promise.all([consumer.stop(), working]), late])
    bound.abort()
    await producer.close()
    pool.off('error', onIdleError)
  }

  async function redrive(filter: Omit<DeadLetterFilter, 'consumer'> = {}): Promise<number> {
    const { redriven } = await redriveDeadLetters(pool, { ...filter, consumer: consumerName })
    alarm.wake()
    return redriven
  }

  async function replace(request: Omit<ReplaceRequest, 'consumer'>): Promise<ReplaceResult> {
    const { consumer: _, ...rules } = context.receive
    const result = await replaceDeadLetter(pool, { ...request, consumer: consumerName }, rules)
    alarm.wake()
    return result
  }

  return {
    start,
    stop,
    health: () => consumer.health(),
    stats: () => ({ ...context.counts.stats(), unavailableSince: context.availability.awaySince() }),
    redrive,
    replace,
  }
}

/** How the consumer passes batches on. */
function takingOf(
  { concurrency = 3, gatherMs }: InboxOptions,
  context: InboxContext,
): Pick<ConsumerOptions, 'onBatch' | 'concurrency' | 'gatherMs'> {
  if (gatherMs === undefined) return { onBatch: (batch) => processBatch(context, batch), concurrency }
  const onBatch = gatherBatches({
    mostRecords: context.transactionEvents,
    concurrency,
    processTogether: (batches) => processTogether(context, batches),
    processBatch: (batch) => processBatch(context, batch),
  })
  return { onBatch, concurrency: Number.POSITIVE_INFINITY, gatherMs }
}

function createContext(options: InboxOptions, signal: AbortSignal, wake: () => void): InboxContext {
  const { pool, consumerName: consumer, handlers, logger, retry = {} } = options
  const counts = createInboxCounts(consumer, createInboxMetrics(options.registry), options.onProcessed)
  const bounds = { initialMs: retry.initialMs ?? 1_000, maxMs: retry.maxMs ?? 60_000 }
  return {
    pool,
    consumer,
    transactionEvents: options.transactionEvents ?? Number.POSITIVE_INFINITY,
    receive: {
      consumer,
      handlers,
      onUnknownType: options.onUnknownType ?? 'deadLetter',
      bounds: { recordBytes: options.maxRecordBytes ?? 2_097_152 },
    },
    retry: { attempts: retry.attempts ?? 5, unavailableMs: retry.unavailableMs ?? 86_400_000, ...bounds },
    availability: createAvailability(bounds),
    breaks: new Map(),
    wentBack: new Map(),
    run: {
      timeoutMs: options.handlerTimeoutMs ?? 30_000,
      concurrency: options.handlerConcurrency ?? 16,
      tracing: { consumer: options.consumerName, spans: options.spans ?? 'linked' },
      onHandled: counts.handled,
    },
    counts,
    logger,
    signal,
    wake,
  }
}

function deadLetterTopic(options: InboxOptions): (topic: string) => string {
  const { deadLetterTopic: given } = options
  if (typeof given === 'function') return given
  return typeof given === 'string' ? () => given : (topic) => `${topic}.dlt`
}
