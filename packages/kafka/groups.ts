import { check } from './brokerCodes.ts'
import type { BrokerAddress } from './config.ts'
import { answerTo } from './connections.ts'
import { KafkaError, type KafkaErrorCode } from './kafkaError.ts'
import { type PartitionOffset, type PartitionOffsets, readOffsets } from './offsets.ts'
import { type Connection, findCoordinatorV4, offsetCommitV8, offsetFetchV8 } from './platformatic.ts'
import type { Session } from './session.ts'

export interface PartitionLag {
  readonly topic: string
  readonly partition: number
  /** Offsets between what the group has committed and the end; from the start when it never committed. */
  readonly lag: number
  /** Undefined when the group never committed. */
  readonly committed: bigint | undefined
}

const groupKey = 0

/** A group and the topics whose lag is read. */
export interface GroupTopics {
  readonly groupId: string
  readonly topics: readonly string[]
}

/** Each group's lag, by partition; reads the end offsets once for all groups. Errors: KafkaError. */
export async function readLags(
  session: Session,
  groups: readonly GroupTopics[],
): Promise<(readonly PartitionLag[])[]> {
  // In this order, what is committed in between cannot exceed the ends.
  const committed = await Promise.all(groups.map(({ groupId }) => readCommitted(session, groupId)))
  const offsets = await readOffsets(session, [...new Set(groups.flatMap(({ topics }) => topics))])
  return committed.map((own, n) => {
    const topics = new Set(groups[n]?.topics)
    return offsets.filter(({ topic }) => topics.has(topic)).map((place) => lagOf(place, own))
  })
}

function lagOf(
  { topic, partition, start, end }: PartitionOffsets,
  committed: ReadonlyMap<string, CommittedOffset>,
): PartitionLag {
  const next = committed.get(`${topic}:${partition}`)?.offset
  const from = next === undefined || next < start ? start : next
  return { topic, partition, lag: from < end ? Number(end - from) : 0, committed: next }
}

export interface CommittedOffset {
  readonly offset: bigint
  /** Of the topic that it was committed for; empty when that was not said. */
  readonly topicId: string
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** What the group has committed, by `topic:partition`. Errors: KafkaError. */
export async function readCommitted(
  session: Session,
  groupId: string,
): Promise<Map<string, CommittedOffset>> {
  const message = `The offsets of group ${groupId} cannot be read`
  const group = await atCoordinator(session, groupId, async (connection) => {
    // Without topics: all that there are of the group.
    const work = offsetFetchV8.api.async(connection, [{ groupId, memberEpoch: -1, topics: null }], false)
    const [found] = (await answerTo(work, message)).groups
    check(found?.errorCode ?? -1, message)
    return found
  })
  const committed = new Map<string, CommittedOffset>()
  for (const { name, partitions } of group?.topics ?? []) {
    for (const { partitionIndex, committedOffset: offset, errorCode, metadata } of partitions) {
      check(errorCode, message, name)
      const topicId = metadata && uuid.test(metadata) ? metadata : ''
      if (offset >= 0n) committed.set(`${name}:${partitionIndex}`, { offset, topicId })
    }
  }
  return committed
}

/** The same as a list. Errors: KafkaError. */
export async function listCommitted(session: Session, groupId: string): Promise<PartitionOffset[]> {
  const committed = [...(await readCommitted(session, groupId))]
  return committed.map(([place, { offset }]) => {
    const colon = place.lastIndexOf(':')
    return { topic: place.slice(0, colon), partition: Number(place.slice(colon + 1)), offset }
  })
}

/** Commits offsets for a group without members. Errors: KafkaError, `groupInUse` when it has some. */
export async function commitOffsets(
  session: Session,
  groupId: string,
  offsets: readonly PartitionOffset[],
): Promise<void> {
  const topics = [...Map.groupBy(offsets, ({ topic }) => topic)].map(([name, partitions]) => ({
    name,
    partitions: partitions.map(({ partition: partitionIndex, offset: committedOffset }) => {
      return { partitionIndex, committedOffset, committedLeaderEpoch: -1, committedMetadata: '' }
    }),
  }))
  const message = `The offsets of group ${groupId} cannot be set`
  await atCoordinator(session, groupId, async (connection) => {
    const work = offsetCommitV8.api.async(connection, groupId, -1, '', null, topics)
    for (const { name, partitions } of (await answerTo(work, message)).topics) {
      for (const { errorCode } of partitions) check(errorCode, message, name)
    }
  })
}

/** Bound of the cache, which is emptied when full. */
const mostCoordinators = 1_000
const notThere: readonly KafkaErrorCode[] = ['leaderUnavailable', 'unreachable', 'timeout']

/**
 * Asks the group's coordinator. It is looked up once, and again after it was unreachable or no longer the coordinator.
 * Errors: KafkaError.
 */
export async function atCoordinator<T>(
  session: Session,
  groupId: string,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const { coordinators, connections } = session
  try {
    const known = coordinators.get(groupId) ?? (await findCoordinator(session, groupId))
    if (coordinators.size >= mostCoordinators) coordinators.clear()
    coordinators.set(groupId, known)
    return await work(await connections.to(known))
  } catch (error) {
    if (error instanceof KafkaError && notThere.includes(error.code)) coordinators.delete(groupId)
    throw error
  }
}

/** A connection to the group's current coordinator. Errors: KafkaError. */
export async function coordinatorOf(session: Session, groupId: string): Promise<Connection> {
  return session.connections.to(await findCoordinator(session, groupId))
}

async function findCoordinator({ cluster }: Session, groupId: string): Promise<BrokerAddress> {
  const message = `Group ${groupId} has no coordinator`
  const work = findCoordinatorV4.api.async(await cluster.anyConnection(), groupKey, [groupId])
  const [coordinator] = (await answerTo(work, message)).coordinators
  check(coordinator?.errorCode ?? -1, message)
  return { host: coordinator?.host ?? '', port: coordinator?.port ?? 0 }
}
