import { check } from './brokerCodes.ts'
import { answerTo } from './connections.ts'
import { type PartitionOffset, readOffsets } from './offsets.ts'
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

/** How far the group is behind, by partition. Errors: KafkaError. */
export async function readLag(
  session: Session,
  groupId: string,
  topics: readonly string[],
): Promise<PartitionLag[]> {
  // In this order, what is committed in between cannot exceed the ends.
  const committed = await readCommitted(session, groupId)
  const offsets = await readOffsets(session, topics)
  return offsets.map(({ topic, partition, start, end }) => {
    const next = committed.get(`${topic}:${partition}`)?.offset
    const from = next === undefined || next < start ? start : next
    return { topic, partition, lag: from < end ? Number(end - from) : 0, committed: next }
  })
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
  const connection = await coordinatorOf(session, groupId)
  const message = `The offsets of group ${groupId} cannot be read`
  // Without topics: all that there are of the group.
  const work = offsetFetchV8.api.async(connection, [{ groupId, memberEpoch: -1, topics: null }], false)
  const [group] = (await answerTo(work, message)).groups
  check(group?.errorCode ?? -1, message)
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
  const connection = await coordinatorOf(session, groupId)
  const topics = [...Map.groupBy(offsets, ({ topic }) => topic)].map(([name, partitions]) => ({
    name,
    partitions: partitions.map(({ partition: partitionIndex, offset: committedOffset }) => {
      return { partitionIndex, committedOffset, committedLeaderEpoch: -1, committedMetadata: '' }
    }),
  }))
  const message = `The offsets of group ${groupId} cannot be set`
  const answer = await answerTo(offsetCommitV8.api.async(connection, groupId, -1, '', null, topics), message)
  for (const { name, partitions } of answer.topics) {
    for (const { errorCode } of partitions) check(errorCode, message, name)
  }
}

/** A connection to the broker that coordinates the group. Errors: KafkaError. */
export async function coordinatorOf({ cluster, connections }: Session, groupId: string): Promise<Connection> {
  const message = `Group ${groupId} has no coordinator`
  const work = findCoordinatorV4.api.async(await cluster.anyConnection(), groupKey, [groupId])
  const [coordinator] = (await answerTo(work, message)).coordinators
  check(coordinator?.errorCode ?? -1, message)
  return connections.to({ host: coordinator?.host ?? '', port: coordinator?.port ?? 0 })
}
