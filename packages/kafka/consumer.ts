import { setTimeout as delay } from 'node:timers/promises'
import { type Alarm, backoffMs, createAlarm } from '@relevo/backoff'
import { check } from './brokerCodes.ts'
import type { KafkaConfig } from './config.ts'
import { errorOfClient } from './connections.ts'
import type { ConsumedBatch } from './consumedRecord.ts'
import { checkConsumerProtocol } from './consumerProtocol.ts'
import { createGroupMember, type GroupMember, isPassing, isRejoin } from './groupMember.ts'
import { KafkaError, type KafkaErrorCode } from './kafkaError.ts'
import type { OwnedPartition } from './ownedPartition.ts'
import { createPartitionFetcher, type PartitionFetcher } from './partitionFetcher.ts'
import { consumedRecord } from './readRecords.ts'
import { openSession, type Session } from './session.ts'
import { createSlots, type Slots } from './slots.ts'

export interface ConsumerOptions {
  readonly groupId: string
  /** A group without committed offsets begins at their starts, so it misses no older records. */
  readonly topics: readonly string[]
  /**
   * Handles the records; the offsets are committed after it resolves. If it throws, the batch is read again; if it
   * resolves with an offset, nothing is committed and the partition continues from there.
   */
  onBatch(batch: ConsumedBatch): Promise<bigint | undefined>
  /** The consumer ended for good and consumes no more. A service should exit. */
  onCrash?(error: KafkaError): void
  /** Partitions handled concurrently; default 3. */
  readonly concurrency?: number
  /** Approximate size of a partition's batch, in bytes; default 1 MiB. */
  readonly maxBytesPerPartition?: number
  /**
   * Minimum time between two fetches that return records, during which records gather: under load this gives fewer, larger
   * batches, of all partitions at once. The first record after a pause does not wait. Default 0.
   */
  readonly gatherMs?: number
  /**
   * How long it retries after failures other than the network's, such as refused credentials, before it ends for good;
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
  /** Why it is not a member, if known: for example `unauthenticated`. */
  readonly error: KafkaErrorCode | undefined
  readonly crashed: boolean
}

/** A member of a consumer group. The owner stops it. */
export interface Consumer {
  /** Resolves when it has joined its group or crashed; retries until then, or until `stop`. */
  start(): Promise<void>
  /** Finishes the current batches, commits their offsets and leaves the group; resolves within `stopTimeoutMs`. */
  stop(): Promise<void>
  health(): ConsumerHealth
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

interface Run {
  readonly config: KafkaConfig
  readonly options: ConsumerOptions
  readonly session: Session
  readonly member: GroupMember
  readonly fetcher: PartitionFetcher
  readonly slots: Slots
  /** Aborted by `stop`: nothing new is started. */
  readonly stopping: AbortController
  /** Aborted once all work is finished; until then the group has to hear from the member. */
  readonly leaving: AbortController
  readonly nextHeartbeat: Alarm
  readonly health: Mutable<ConsumerHealth>
  /** Resolved by the first join, by a stop and by the end. */
  readonly started: PromiseWithResolvers<void>
  /** When it began to fail, on the clock of `performance`; undefined since it last worked. */
  failingSince: number | undefined
  fetchError: KafkaErrorCode | undefined
  /** When the group last answered, on the clock of `performance`. */
  answeredAt: number
}

const restartMs = 1_000
/** After this time without an answer its membership is unknown. */
const silenceMs = 10_000
const retryBounds = { initialMs: 200, maxMs: 1_000 }
const batchBounds = { initialMs: 200, maxMs: 5_000 }

export function createConsumer(config: KafkaConfig, options: ConsumerOptions): Consumer {
  const run = createRun(config, options)
  const { stopping, leaving, health, started, session } = run
  let working: Promise<unknown> | undefined

  async function start(): Promise<void> {
    working = Promise.all([run.fetcher.run(), keepMembership(run)])
    await started.promise
  }

  async function end(): Promise<void> {
    await run.fetcher.run()
    leaving.abort()
    await working
    await run.member.leave().catch(() => undefined)
  }

  async function stop(): Promise<void> {
    stopping.abort()
    started.resolve()
    const bound = new AbortController()
    const late = delay(options.stopTimeoutMs ?? 10_000, 'late', { signal: bound.signal }).catch(() => 'ended')
    const outcome = await Promise.race([end(), late])
    bound.abort()
    leaving.abort()
    session.connections.close()
    health.joined = false
    if (outcome === 'late') {
      config.logger?.warn({ groupId: options.groupId }, 'the consumer did not stop in time')
    }
  }

  return { start, stop, health: () => ({ ...health }) }
}

function createRun(config: KafkaConfig, options: ConsumerOptions): Run {
  const { groupId, topics } = options
  const [stopping, leaving] = [new AbortController(), new AbortController()]
  const session = openSession(config, { connectMs: 3_000, requestMs: 5_000 })
  const nextHeartbeat = createAlarm(leaving.signal)
  const member = createGroupMember(session, {
    groupId,
    topics,
    signal: leaving.signal,
    onAdded: () => fetcher.added(),
    onChanged: () => nextHeartbeat.wake(),
  })
  const fetcher = createPartitionFetcher({
    config,
    groupId,
    session,
    owned: member.owned,
    maxBytesPerPartition: options.maxBytesPerPartition ?? 1024 * 1024,
    gatherMs: options.gatherMs ?? 0,
    signal: stopping.signal,
    handle: (place) => handle(run, place),
    onError: (error) => noteFetchError(run, error),
    onFetched: () => noteFetched(run),
  })
  const run: Run = {
    config,
    options,
    session,
    member,
    fetcher,
    slots: createSlots(options.concurrency ?? 3),
    stopping,
    leaving,
    nextHeartbeat,
    health: { joined: false, lastHeartbeatAt: undefined, error: undefined, crashed: false },
    started: Promise.withResolvers<void>(),
    failingSince: undefined,
    fetchError: undefined,
    answeredAt: Number.NEGATIVE_INFINITY,
  }
  return run
}

/** Joins the group when its topics exist, and stays in it until all work is finished after a stop. */
async function keepMembership(run: Run): Promise<void> {
  const { stopping, leaving, health, nextHeartbeat } = run
  while (!stopping.signal.aborted && !health.crashed && !(await mayJoin(run))) {
    await delay(restartMs, undefined, { signal: stopping.signal }).catch(() => undefined)
  }
  for (let failures = 0; !isOver(run); ) {
    const pauseMs = await heartbeat(run)
    failures = pauseMs === undefined ? failures + 1 : 0
    if (!leaving.signal.aborted) await nextHeartbeat.sleep(pauseMs ?? backoffMs(failures, retryBounds))
  }
}

/** A member that has not joined yet need not join only to leave. */
function isOver({ stopping, leaving, member, health }: Run): boolean {
  return leaving.signal.aborted || health.crashed || (stopping.signal.aborted && !member.isMember())
}

async function mayJoin(run: Run): Promise<boolean> {
  const { session, options } = run
  try {
    await checkConsumerProtocol(session)
    const known = await session.cluster.topics(options.topics, 0)
    for (const topic of options.topics) {
      check(known.get(topic)?.errorCode ?? 3, `Topic ${topic} cannot be consumed`, topic)
    }
    return true
  } catch (error) {
    const failure = errorOfClient(error, `The consumer of group ${options.groupId} cannot start`)
    logChange(run, failure, 'the consumer cannot start yet')
    if (failure.code === 'unauthenticated' || failure.code === 'unsupported') noteFailure(run, failure)
    run.health.error = failure.code
    return false
  }
}

/** The milliseconds until the next one; undefined when it failed. */
async function heartbeat(run: Run): Promise<number | undefined> {
  const { health, member, started, config, options } = run
  try {
    const pauseMs = await member.heartbeat()
    if (!health.joined) config.logger?.info({ groupId: options.groupId }, 'the consumer has joined its group')
    health.joined = true
    health.lastHeartbeatAt = Date.now()
    run.answeredAt = performance.now()
    if (health.error !== undefined) run.failingSince = undefined
    health.error = undefined
    started.resolve()
    return pauseMs
  } catch (error) {
    const failure = errorOfClient(error, `The consumer of group ${options.groupId} cannot reach it`)
    if (run.leaving.signal.aborted) return undefined
    const rejoins = isRejoin(failure)
    logChange(run, failure, rejoins ? 'the group gave the consumer up, which joins again' : 'no heartbeat')
    health.joined = isPassing(failure) && performance.now() - run.answeredAt < silenceMs
    health.error = failure.code
    if (!rejoins && !isPassing(failure)) noteFailure(run, failure)
    return undefined
  }
}

function logChange({ health, config, options }: Run, error: KafkaError, message: string): void {
  const { groupId, topics } = options
  if (health.error !== error.code)
    config.logger?.warn({ err: error, groupId, topics, code: error.code }, message)
}

function noteFetchError(run: Run, error: KafkaError): void {
  const { config, options } = run
  const facts = { err: error, groupId: options.groupId, topic: error.topic, code: error.code }
  if (run.fetchError !== error.code)
    config.logger?.warn(facts, 'records cannot be fetched; it is tried again')
  run.fetchError = error.code
  if (!isPassing(error) && error.code !== 'unknownTopic') noteFailure(run, error)
}

function noteFetched(run: Run): void {
  if (run.fetchError === undefined) return
  run.fetchError = undefined
  run.failingSince = undefined
}

/** Hands over waiting batches and commits their offsets; failed ones are fetched again after a pause. */
async function handle(run: Run, place: OwnedPartition): Promise<void> {
  try {
    const handled = await handOver(run, place)
    if (!handled) return
    // Without a slot: what waits for one need not wait for this answer, too.
    if (handled.commits) await run.member.commit(place, handled.next)
    place.position = handled.next
    place.failures = 0
    run.failingSince = undefined
  } catch (error) {
    if (run.stopping.signal.aborted || place.lost) return
    place.failures += 1
    place.notBefore = performance.now() + backoffMs(place.failures, batchBounds)
    noteBatchFailure(run, place, error)
  }
}

/** The partition's next offset; undefined if it no longer belongs to this consumer. */
async function handOver(
  { slots, options, stopping }: Run,
  place: OwnedPartition,
): Promise<{ next: bigint; commits: boolean } | undefined> {
  await slots.take()
  try {
    const { waiting, topic, partition, position: from = 0n } = place
    place.waiting = undefined
    if (!waiting || place.revoked || place.lost || stopping.signal.aborted) return undefined
    const { next } = waiting
    // Also past transaction markers alone: otherwise an up-to-date group would never show a lag of 0.
    if (waiting.records.length === 0) return { next, commits: true }
    const records = waiting.records.map((record) => consumedRecord(topic, partition, record))
    const isStale = () => place.lost
    const goOn = await options.onBatch({ topic, partition, records, from, next, isStale })
    return { next: goOn ?? next, commits: goOn === undefined }
  } finally {
    slots.give()
  }
}

function noteBatchFailure(run: Run, place: OwnedPartition, error: unknown): void {
  const { groupId } = run.options
  const { topic, partition } = place
  const message = `A batch of topic ${topic} failed`
  const failure =
    error instanceof KafkaError ? error : new KafkaError('failed', message, { topic, cause: error })
  run.config.logger?.warn({ err: error, groupId, topic, partition }, 'a batch failed; it is read again')
  if (!isPassing(failure)) noteFailure(run, failure)
}

/** Ends the consumer when a broker rejects it for good, or when it has failed for too long. */
function noteFailure(run: Run, error: KafkaError): void {
  const { health, stopping, started, options, nextHeartbeat } = run
  if (health.crashed || stopping.signal.aborted) return
  run.failingSince ??= performance.now()
  const failingMs = performance.now() - run.failingSince
  if (!isFinal(error) && failingMs < (options.giveUpAfterMs ?? 300_000)) return
  health.joined = false
  health.crashed = true
  health.error = error.code
  stopping.abort()
  nextHeartbeat.wake()
  started.resolve()
  options.onCrash?.(error)
}

/** INVALID_GROUP_ID, UNSUPPORTED_VERSION, INVALID_REQUEST, UNSUPPORTED_ASSIGNOR: the same request always gets the same answer. */
const final: ReadonlySet<number> = new Set([24, 35, 42, 112])

/** Others may still grant rights, set passwords and repair brokers. */
function isFinal({ code, brokerCode }: KafkaError): boolean {
  return code === 'unsupported' || (brokerCode !== undefined && final.has(brokerCode))
}
