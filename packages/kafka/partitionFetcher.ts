import { type Alarm, backoffMs, createAlarm } from '@relevo/backoff'
import { errorOfBroker } from './brokerCodes.ts'
import type { BrokerAddress, KafkaConfig } from './config.ts'
import { errorOfClient } from './connections.ts'
import { type Fetched, fetchBatches } from './fetchRequest.ts'
import type { KafkaError } from './kafkaError.ts'
import { type FetchedBatch, keyOf, type OwnedPartition } from './ownedPartition.ts'
import { openSession, type Session } from './session.ts'
import { moveToStart, setStartingPositions } from './startingPositions.ts'
import { visibleRecords } from './visibleRecords.ts'

export interface PartitionFetcherOptions {
  readonly config: KafkaConfig
  readonly groupId: string
  /** For everything but the fetches, which wait at the brokers and would keep other requests waiting. */
  readonly session: Session
  readonly owned: ReadonlyMap<string, OwnedPartition>
  readonly maxBytesPerPartition: number
  /** Least time from one fetch that had records to the next. */
  readonly gatherMs: number
  readonly signal: AbortSignal
  /** Takes what waits of a partition when it is its turn; the partition is fetched on when it resolves. Never rejects. */
  handle(place: OwnedPartition): Promise<void>
  onError(error: KafkaError): void
  /** A fetch had no errors. */
  onFetched(): void
}

export interface PartitionFetcher {
  /** Fetches until the signal, then waits for what is in hand. Never rejects. */
  run(): Promise<void>
  /** There are new partitions: no fetch without them is waited for. */
  added(): void
}

/** What the broker waits for records. New partitions break it off, so that it delays nobody. */
const longPollMs = 5_000
/** How soon the partitions without a batch in hand are asked again beside those that have one. */
const shortPollMs = 25
const maxFetchBytes = 10 * 1024 * 1024
const metadataMaxAgeMs = 60_000
const failureBounds = { initialMs: 100, maxMs: 2_000 }
const offsetOutOfRange = 1
const leaderNotAvailable = 5

interface Fetching extends PartitionFetcherOptions {
  readonly fetches: Session
  readonly alarm: Alarm
  /** Rings when a batch was handled. */
  readonly done: Alarm
  /** Leaders with a fetch under way, one each. */
  readonly polled: Set<string>
  /** Until then records gather at the brokers, on the clock of `performance`. */
  gatherUntil: number
  /** How often the fetches were broken off for new partitions. */
  brokenOff: number
  failures: number
}

/** Fetches the partitions of a member from their leaders, and hands on what comes, a batch of each at a time. */
export function createPartitionFetcher(options: PartitionFetcherOptions): PartitionFetcher {
  const { signal, config, owned } = options
  const fetches = openSession(config, { connectMs: 3_000, requestMs: 10_000 })
  const [alarm, done] = [createAlarm(signal), createAlarm(signal)]
  const polled = new Set<string>()
  const progress = { gatherUntil: 0, brokenOff: 0, failures: 0 }
  const fetching: Fetching = { ...options, fetches, alarm, done, polled, ...progress }

  async function run(): Promise<void> {
    while (!signal.aborted) await alarm.sleep(await dispatch(fetching))
    fetches.connections.close()
    await Promise.all([...owned.values()].map(({ inHand }) => inHand))
  }

  function added(): void {
    fetching.brokenOff += 1
    fetches.connections.destroy()
    alarm.wake()
  }

  return { run, added }
}

/** Starts a fetch at each leader that has none; returns the milliseconds until another look. */
async function dispatch(fetching: Fetching): Promise<number> {
  const { owned, session, polled } = fetching
  const now = performance.now()
  if (fetching.gatherUntil > now) return fetching.gatherUntil - now
  const places = [...owned.values()]
  const open = places.filter((place) => isOpen(fetching, place) && place.notBefore <= now)
  try {
    await locate(fetching, open)
  } catch (error) {
    noteFailure(fetching, open, error)
    return failureBounds.initialMs
  }
  const leaderOf = ({ topic, partition }: OwnedPartition) => session.cluster.leader(topic, partition)
  for (const [leader, here] of Map.groupBy(open, leaderOf)) {
    const alone = !places.some((place) => place.inHand && leaderOf(place) === leader)
    if (!leader) noteFailure(fetching, here, errorOfLeaderless(session, here[0]?.topic))
    else if (!polled.has(nameOf(leader))) void poll(fetching, leader, here, alone ? longPollMs : 0)
  }
  return places.some(({ notBefore }) => notBefore > now) ? failureBounds.initialMs : longPollMs
}

/** Whether it is to be fetched: it has nothing in hand, or what it has waits for its turn and is not all that one may be. */
function isOpen(
  { maxBytesPerPartition }: Fetching,
  { inHand, waiting, revoked, lost }: OwnedPartition,
): boolean {
  if (revoked || lost) return false
  return !inHand || (waiting !== undefined && waiting.bytes < maxBytesPerPartition)
}

function nextOffset({ waiting, position }: OwnedPartition): bigint | undefined {
  return waiting?.next ?? position
}

function nameOf({ host, port }: BrokerAddress): string {
  return `${host}:${port}`
}

function errorOfLeaderless({ cluster }: Session, topic = ''): KafkaError {
  return errorOfBroker(
    cluster.cached(topic)?.errorCode || leaderNotAvailable,
    `Topic ${topic} has no leader`,
    topic,
  )
}

/** Learns the leaders of the partitions, and where new ones begin. */
async function locate(
  { session, config, groupId }: Fetching,
  open: readonly OwnedPartition[],
): Promise<void> {
  if (open.length === 0) return
  await session.cluster.topics(new Set(open.map(({ topic }) => topic)), metadataMaxAgeMs)
  const unplaced = open.filter(({ position }) => position === undefined)
  if (unplaced.length > 0) await setStartingPositions(session, config, groupId, unplaced)
}

/**
 * One fetch. The broker may keep it waiting for records only while no partition of its has a batch in hand, which would
 * have to wait for the answer, too, when it is done.
 */
async function poll(
  fetching: Fetching,
  leader: BrokerAddress,
  places: readonly OwnedPartition[],
  waitMs: number,
): Promise<void> {
  const { polled, fetches, alarm, done, brokenOff } = fetching
  polled.add(nameOf(leader))
  try {
    const connection = await fetches.connections.to(leader)
    const from = places.flatMap((place) => {
      const { topicId, partition, waiting } = place
      const offset = nextOffset(place)
      const maxBytes = fetching.maxBytesPerPartition - (waiting?.bytes ?? 0)
      return offset === undefined ? [] : { topicId, partition, offset, maxBytes }
    })
    const asked = new Map(from.map((place) => [keyOf(place.topicId, place.partition), place.offset]))
    const options = { maxBytes: maxFetchBytes, waitMs, committed: true }
    const answer = await fetchBatches(connection, from, options)
    if (answer.some(({ batches }) => batches.length > 0))
      fetching.gatherUntil = performance.now() + fetching.gatherMs
    const taken = answer.map((fetched) => take(fetching, fetched, asked))
    if (answer.every(({ errorCode }) => errorCode === 0)) noteSuccess(fetching)
    if (waitMs === 0 && !taken.includes(true)) await done.sleep(shortPollMs)
  } catch (error) {
    if (brokenOff === fetching.brokenOff) noteFailure(fetching, places, error)
  } finally {
    polled.delete(nameOf(leader))
    alarm.wake()
  }
}

/** Hands on what came for one partition, or adds it to what waits; whether it was handed on. */
function take(fetching: Fetching, fetched: Fetched, asked: ReadonlyMap<string, bigint>): boolean {
  const { topicId, partition, errorCode } = fetched
  const key = keyOf(topicId, partition)
  const [place, offset] = [fetching.owned.get(key), asked.get(key)]
  // What was asked for may have been taken in the meantime: then this is old.
  if (!place || offset === undefined || nextOffset(place) !== offset || !isOpen(fetching, place)) return false
  if (errorCode === 0) return takeRecords(fetching, place, fetched, offset)
  if (errorCode !== offsetOutOfRange) {
    const message = `Topic ${place.topic} cannot be read`
    noteFailure(fetching, [place], errorOfBroker(errorCode, message, place.topic))
    return false
  }
  if (place.inHand) return false // when that is done
  keepInHand(fetching, place, () => startAgain(fetching, place))
  return true
}

function takeRecords(
  fetching: Fetching,
  place: OwnedPartition,
  { batches, aborted, bytes }: Fetched,
  offset: bigint,
): boolean {
  const last = batches.at(-1)
  if (!last) return false
  const fresh = { records: visibleRecords(batches, aborted, offset), next: last.lastOffset + 1n, bytes }
  const { waiting } = place
  place.waiting = waiting ? joined(waiting, fresh, fetching.maxBytesPerPartition) : fresh
  if (!waiting) keepInHand(fetching, place, () => fetching.handle(place))
  return !waiting
}

/** Both in one, or the first alone as one that is full when they are too much. */
function joined(waiting: FetchedBatch, fresh: FetchedBatch, maxBytes: number): FetchedBatch {
  const bytes = waiting.bytes + fresh.bytes
  if (bytes > maxBytes) return { ...waiting, bytes: maxBytes }
  return { records: [...waiting.records, ...fresh.records], next: fresh.next, bytes }
}

function keepInHand({ done, alarm }: Fetching, place: OwnedPartition, work: () => Promise<void>): void {
  async function run(): Promise<void> {
    await work()
    place.inHand = undefined
    done.wake()
    alarm.wake()
  }
  place.inHand = run()
}

/** Retention has deleted what was to be fetched, or the partition lost it with its leader. */
async function startAgain(fetching: Fetching, place: OwnedPartition): Promise<void> {
  const { config, groupId, session } = fetching
  const { topic, partition, position } = place
  try {
    await moveToStart(session, [place])
    const facts = { groupId, topic, partition, from: String(position), to: String(place.position) }
    config.logger?.warn(
      facts,
      'the partition has no such offset any more: its records are read from the start',
    )
  } catch (error) {
    noteFailure(fetching, [place], error)
  }
}

function noteSuccess(fetching: Fetching): void {
  fetching.failures = 0
  fetching.onFetched()
}

function noteFailure(fetching: Fetching, places: readonly OwnedPartition[], error: unknown): void {
  if (fetching.signal.aborted) return
  fetching.failures += 1
  const notBefore = performance.now() + backoffMs(fetching.failures, failureBounds)
  for (const place of places) {
    place.notBefore = notBefore
    fetching.session.cluster.forget(place.topic) // its leader may be another by now
  }
  fetching.onError(errorOfClient(error, 'Records cannot be fetched'))
}
