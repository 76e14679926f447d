import { setTimeout as delay } from 'node:timers/promises'
import type { EachBatchPayload, Consumer as KafkajsConsumer } from 'kafkajs'
import type { KafkaConfig } from './config.ts'
import type { ConsumedBatch } from './consumedRecord.ts'
import { errorOfKafkajs } from './errorOfKafkajs.ts'
import type { KafkaError } from './kafkaError.ts'
import { createKafkajs } from './kafkajsClient.ts'
import type { FetchedMessage } from './kafkajsDecoding.ts'
import { consumedRecord } from './readRecords.ts'

export interface ConsumerOptions {
  readonly groupId: string
  readonly topics: readonly string[]
  /** Where a group without committed offsets begins; default true: nothing recorded before it existed is missed. */
  readonly fromBeginning?: boolean
  /** Handles the records; the offsets are committed after it resolves. When it throws, the batch is read again. */
  onBatch(batch: ConsumedBatch): Promise<void>
  /** The consumer ended for good: nothing is consumed any more. A service should exit. */
  onCrash?(error: KafkaError): void
  /** Partitions handled at the same time; default 3. */
  readonly concurrency?: number
  /** After this time without a heartbeat the group gives the partitions to others; default 15 s. */
  readonly sessionTimeoutMs?: number
  /** Bytes of a partition fetched at once, which bounds the batches; default 1 MiB. */
  readonly maxBytesPerPartition?: number
  /** Bound of `stop`; default 10 s. */
  readonly stopTimeoutMs?: number
}

export interface ConsumerHealth {
  /** Whether it is a member of its group. */
  readonly joined: boolean
  /** When the group last answered, in milliseconds since 1970. */
  readonly lastHeartbeatAt: number | undefined
  readonly crashed: boolean
}

/** A member of a consumer group. `stop` it. */
export interface Consumer {
  /** Resolves when it has joined its group; until then it tries again and again, or until `stop`. */
  start(): Promise<void>
  /** Finishes the batches in hand, commits their offsets, leaves the group; resolves in `stopTimeoutMs` at most. */
  stop(): Promise<void>
  health(): ConsumerHealth
}

const heartbeatIntervalMs = 3_000
const startRetryMs = 1_000

/**
 * How long a member keeps trying when its brokers are away: about 30 s. One that gives up joins as a new member, and the
 * group makes it wait until the session of the old one is over, which the brokers count anew from when they are back.
 */
const memberRetry = { initialRetryTime: 200, maxRetryTime: 2_000, retries: 18 }

export function createConsumer(config: KafkaConfig, options: ConsumerOptions): Consumer {
  const stopping = new AbortController()
  const consumer = createMember(config, options, stopping.signal)
  const joined = Promise.withResolvers<void>()
  const health = { joined: false, lastHeartbeatAt: undefined as number | undefined, crashed: false }
  watch(consumer, health, joined.resolve, options, stopping.signal)
  let starting: Promise<void> = Promise.resolve()

  async function start(): Promise<void> {
    starting = run()
    await starting
    if (!stopping.signal.aborted) await joined.promise
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted && !(await tryToRun())) {
      await delay(startRetryMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
    // A stop that came while the client was joining has not reached it.
    if (stopping.signal.aborted) await consumer.disconnect()
  }

  async function tryToRun(): Promise<boolean> {
    try {
      await consumer.connect()
      await consumer.subscribe({ topics: [...options.topics], fromBeginning: options.fromBeginning ?? true })
      if (stopping.signal.aborted) return true
      await consumer.run({
        autoCommit: false,
        partitionsConsumedConcurrently: options.concurrency ?? 3,
        eachBatch: (payload) => handle(payload, options),
      })
      return true
    } catch (error) {
      const { groupId, topics } = options
      config.logger?.warn({ err: error, groupId, topics }, 'the consumer cannot start yet')
      return false
    }
  }

  async function stop(): Promise<void> {
    stopping.abort()
    joined.resolve()
    const bound = new AbortController()
    const late = delay(options.stopTimeoutMs ?? 10_000, 'late', { signal: bound.signal }).catch(() => 'ended')
    const outcome = await Promise.race([
      Promise.all([consumer.disconnect(), starting]).catch(() => 'ended'),
      late,
    ])
    bound.abort()
    health.joined = false
    if (outcome === 'late') {
      config.logger?.warn({ groupId: options.groupId }, 'the consumer did not stop in time')
    }
  }

  return { start, stop, health: () => ({ ...health }) }
}

function createMember(config: KafkaConfig, options: ConsumerOptions, stopping: AbortSignal): KafkajsConsumer {
  const sessionTimeout = options.sessionTimeoutMs ?? 15_000
  return createKafkajs(config, memberRetry).consumer({
    groupId: options.groupId,
    sessionTimeout,
    rebalanceTimeout: 60_000,
    heartbeatInterval: Math.min(heartbeatIntervalMs, sessionTimeout / 3),
    maxBytesPerPartition: options.maxBytesPerPartition ?? 1024 * 1024,
    maxWaitTimeInMs: 500, // also bounds how long a stop waits for the fetch in flight
    allowAutoTopicCreation: false,
    metadataMaxAge: 60_000,
    // Without this, a consumer that is stopped while it recovers from a crash starts again afterwards.
    retry: { ...memberRetry, restartOnFailure: async () => !stopping.aborted },
  })
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Keeps the health up to date from the events of the client. */
function watch(
  consumer: KafkajsConsumer,
  health: Mutable<ConsumerHealth>,
  onJoined: () => void,
  options: ConsumerOptions,
  stopping: AbortSignal,
): void {
  const { GROUP_JOIN, HEARTBEAT, FETCH_START, STOP, DISCONNECT, CRASH } = consumer.events
  const beat = () => {
    health.joined = true
    health.lastHeartbeatAt = Date.now()
  }
  const leave = () => {
    health.joined = false
  }
  consumer.on(GROUP_JOIN, () => {
    beat()
    onJoined()
  })
  consumer.on(HEARTBEAT, beat)
  // A stop does not reach a client that is joining again; now that it fetches, it does.
  consumer.on(FETCH_START, () => {
    if (stopping.aborted) void consumer.disconnect().catch(() => undefined)
  })
  consumer.on(STOP, leave)
  consumer.on(DISCONNECT, leave)
  consumer.on(CRASH, ({ payload }) => {
    leave()
    // With `restart` the client starts again by itself. Without, it is dead while the process lives on.
    if (payload.restart || stopping.aborted) return
    health.crashed = true
    onJoined()
    options.onCrash?.(errorOfKafkajs(payload.error, `The consumer of group ${options.groupId} ended`))
  })
}

/** Hands the batch over, with heartbeats while it is handled, and commits its offsets. */
async function handle(payload: EachBatchPayload, options: ConsumerOptions): Promise<void> {
  const { topic, partition, messages } = payload.batch
  const membership = keepMembership(payload)
  const records = (messages as unknown as FetchedMessage[]).map(({ record }) => {
    return consumedRecord(topic, partition, record)
  })
  const isStale = () => payload.isStale() || membership.lost()
  try {
    await options.onBatch({ topic, partition, records, heartbeat: () => payload.heartbeat(), isStale })
  } finally {
    membership.end()
  }
  const offset = String(BigInt(payload.batch.lastOffset()) + 1n)
  await payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset }] }] })
}

/** Heartbeats until `end`: without them the group takes the partition away when a batch lasts longer than the session. */
function keepMembership(payload: EachBatchPayload): { lost(): boolean; end(): void } {
  let lost = false
  const timer = setInterval(() => {
    payload.heartbeat().catch((error: { type?: string }) => {
      // A rebalance that has only begun leaves the partition here until this consumer joins again.
      if (error.type === 'UNKNOWN_MEMBER_ID' || error.type === 'ILLEGAL_GENERATION') lost = true
    })
  }, heartbeatIntervalMs)
  return { lost: () => lost, end: () => clearInterval(timer) }
}
