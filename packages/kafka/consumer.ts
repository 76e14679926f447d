import { setTimeout as delay } from 'node:timers/promises'
import type { Consumer as KafkajsConsumer } from 'kafkajs'
import type { KafkaConfig } from './config.ts'
import type { ConsumedBatch } from './consumedRecord.ts'
import { errorOfKafkajs, isTransient } from './errorOfKafkajs.ts'
import type { KafkaError, KafkaErrorCode } from './kafkaError.ts'
import { createMember, handleBatch, passOver } from './member.ts'
import { createPositions, type Positions } from './positions.ts'
import { openSession } from './session.ts'

export interface ConsumerOptions {
  readonly groupId: string
  /** A group without committed offsets begins at their starts: nothing recorded before it existed is missed. */
  readonly topics: readonly string[]
  /**
   * Handles the records; the offsets are committed after it resolves. When it throws, the batch is read again; when it
   * resolves with an offset, nothing is committed and the partition goes on from there.
   */
  onBatch(batch: ConsumedBatch): Promise<bigint | undefined>
  /** The consumer ended for good: nothing is consumed any more. A service should exit. */
  onCrash?(error: KafkaError): void
  /** Partitions handled at the same time; default 3. */
  readonly concurrency?: number
  /** After this time without a heartbeat the group gives the partitions to others; default 15 s. */
  readonly sessionTimeoutMs?: number
  /** Bytes of a partition fetched at once, which bounds the batches; default 1 MiB. */
  readonly maxBytesPerPartition?: number
  /**
   * How long it starts again after failures that are not the network's, such as refused credentials, before it ends for good;
   * default 5 minutes.
   */
  readonly giveUpAfterMs?: number
  /** Bound of `stop`; default 10 s. */
  readonly stopTimeoutMs?: number
}

export interface ConsumerHealth {
  /** Whether it is a member of its group. */
  readonly joined: boolean
  /** When the group last answered, in milliseconds since 1970. */
  readonly lastHeartbeatAt: number | undefined
  /** Why it is no member, as far as that is known: `unauthenticated`, for example. */
  readonly error: KafkaErrorCode | undefined
  readonly crashed: boolean
}

/** A member of a consumer group. `stop` it. */
export interface Consumer {
  /** Resolves when it has joined its group or crashed; until then it tries again and again, or until `stop`. */
  start(): Promise<void>
  /** Finishes the batches in hand, commits their offsets, leaves the group; resolves in `stopTimeoutMs` at most. */
  stop(): Promise<void>
  health(): ConsumerHealth
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

interface Run {
  readonly config: KafkaConfig
  readonly options: ConsumerOptions
  readonly consumer: KafkajsConsumer
  readonly positions: Positions
  readonly stopping: AbortController
  readonly health: Mutable<ConsumerHealth>
  /** Resolved by the first join, by a stop and by the end. */
  readonly started: PromiseWithResolvers<void>
  /** Resolves when the client has joined, has ended, or is not to start any more. Never rejects. */
  starting: Promise<void>
  /** When it began to fail, on the clock of `performance`; undefined since it last joined. */
  failingSince: number | undefined
}

const restartMs = 1_000

export function createConsumer(config: KafkaConfig, options: ConsumerOptions): Consumer {
  const stopping = new AbortController()
  const consumer = createMember(config, options)
  const session = openSession(config, { connectMs: 3_000, requestMs: 10_000 })
  const positions = createPositions(session, options.groupId, (topic, partition, start, oldId) => {
    const facts = { groupId: options.groupId, topic, partition, start: String(start), oldId }
    config.logger?.warn(facts, 'the topic was deleted and made anew: its records are read from the start')
    consumer.seek({ topic, partition, offset: String(start) })
  })
  const health = { joined: false, lastHeartbeatAt: undefined, error: undefined, crashed: false }
  const started = Promise.withResolvers<void>()
  const run: Run = {
    config,
    options,
    consumer,
    positions,
    stopping,
    health,
    started,
    starting: Promise.resolve(),
    failingSince: undefined,
  }
  watch(run)

  async function start(): Promise<void> {
    run.starting = keepStarting(run)
    await run.starting
    if (!stopping.signal.aborted) await started.promise
  }

  async function stop(): Promise<void> {
    stopping.abort()
    started.resolve()
    const bound = new AbortController()
    const late = delay(options.stopTimeoutMs ?? 10_000, 'late', { signal: bound.signal }).catch(() => 'ended')
    // A client that is told to stop while it joins forgets it, and would be a member for as long as the process lives.
    const ended = run.starting.then(() => consumer.disconnect()).catch(() => 'ended')
    const outcome = await Promise.race([ended, late])
    bound.abort()
    session.connections.close()
    health.joined = false
    if (outcome === 'late') {
      config.logger?.warn({ groupId: options.groupId }, 'the consumer did not stop in time')
    }
  }

  return { start, stop, health: () => ({ ...health }) }
}

async function keepStarting(run: Run): Promise<void> {
  const { signal } = run.stopping
  while (!signal.aborted && !run.health.crashed && !(await tryToStart(run))) await pause(run)
}

function pause({ stopping }: Run): Promise<void> {
  return delay(restartMs, undefined, { signal: stopping.signal }).catch(() => undefined)
}

async function tryToStart(run: Run): Promise<boolean> {
  const { consumer, options, config, positions, stopping } = run
  try {
    await consumer.connect()
    await consumer.subscribe({ topics: [...options.topics], fromBeginning: true })
    if (stopping.signal.aborted) return true
    await consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: options.concurrency ?? 3,
      eachBatch: async (payload) => {
        const offset = await handleBatch(payload, positions, options.onBatch)
        const { topic, partition } = payload.batch
        if (offset !== undefined) consumer.seek({ topic, partition, offset: String(offset) })
      },
    })
    return true
  } catch (error) {
    const { groupId, topics } = options
    const failure = errorOfKafkajs(error, `The consumer of group ${groupId} cannot start`)
    const facts = { err: error, groupId, topics, code: failure.code }
    if (run.health.error !== failure.code) config.logger?.warn(facts, 'the consumer cannot start yet')
    if (failure.code === 'unauthenticated') noteFailure(run, failure)
    run.health.error = failure.code
    return false
  }
}

/** Keeps the health up to date from the events of the client. */
function watch(run: Run): void {
  const { consumer, health, stopping, positions, started } = run
  const { GROUP_JOIN, HEARTBEAT, END_BATCH_PROCESS, STOP, DISCONNECT, CRASH } = consumer.events
  const beat = () => {
    health.joined = true
    health.lastHeartbeatAt = Date.now()
  }
  const leave = () => {
    health.joined = false
  }
  consumer.on(GROUP_JOIN, ({ payload }) => {
    beat()
    if (health.error === 'unauthenticated') run.failingSince = undefined
    health.error = undefined
    positions.joined(payload.memberAssignment)
    started.resolve()
  })
  consumer.on(HEARTBEAT, beat)
  consumer.on(END_BATCH_PROCESS, ({ payload }) => {
    run.failingSince = undefined
    if (payload.batchSize > 0 || stopping.signal.aborted) return
    void passOver(consumer, positions, payload).catch(() => undefined)
  })
  consumer.on(STOP, leave)
  consumer.on(DISCONNECT, leave)
  consumer.on(CRASH, ({ payload }) => {
    leave()
    const error = errorOfKafkajs(payload.error, `The consumer of group ${run.options.groupId} ended`)
    health.error = error.code
    if (stopping.signal.aborted) return
    if (!isTransient(payload.error)) noteFailure(run, error)
    if (!health.crashed) run.starting = run.starting.then(() => pause(run)).then(() => keepStarting(run))
  })
}

/** Ends the consumer when a broker refused it for good, or when it has failed for too long. */
function noteFailure(run: Run, error: KafkaError): void {
  run.failingSince ??= performance.now()
  const failingMs = performance.now() - run.failingSince
  if (!isFinal(error) && failingMs < (run.options.giveUpAfterMs ?? 300_000)) return
  run.health.crashed = true
  run.health.error = error.code
  run.started.resolve()
  run.options.onCrash?.(error)
}

const authorization: ReadonlySet<number> = new Set([29, 30, 31]) // of topic, group, cluster: may be granted soon

/** What a broker answers is so, but rights are granted and passwords set by others, at their time. */
function isFinal({ code, brokerCode }: KafkaError): boolean {
  return brokerCode !== undefined && code !== 'unauthenticated' && !authorization.has(brokerCode)
}
