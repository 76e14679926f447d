import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { backoffMs } from '@relevo/backoff'
import { codeOfBroker, errorOfBroker } from './brokerCodes.ts'
import { answerTo, errorOfClient } from './connections.ts'
import { coordinatorOf } from './groups.ts'
import { KafkaError } from './kafkaError.ts'
import {
  compareAssignment,
  keyOf,
  type OwnedPartition,
  ownedPartition,
  type TopicPartitions,
} from './ownedPartition.ts'
import { type Connection, consumerGroupHeartbeatV1, offsetCommitV9 } from './platformatic.ts'
import type { Session } from './session.ts'

/**
 * A member of a consumer group by the consumer protocol (KIP-848): the coordinator assigns, members tell it by heartbeats
 * what they own and learn from its answers what they should.
 *
 *     joining (epoch 0) ── heartbeat ──> member (epoch > 0) ── leave (epoch -1) ──> gone
 *          ^                              │
 *          └── fenced, or session over ───┘  everything owned is lost
 */
export interface GroupMember {
  readonly owned: ReadonlyMap<string, OwnedPartition>
  isMember(): boolean
  /**
   * Joins or stays in the group and takes over what the answer assigns; returns the milliseconds until the next. Errors:
   * KafkaError; after one that {@link isRejoin} names the next heartbeat joins again.
   */
  heartbeat(): Promise<number>
  /** Commits where a partition goes on, again and again until it is lost. Errors: KafkaError, what a retry does not mend. */
  commit(owned: OwnedPartition, offset: bigint): Promise<void>
  /** Gives up all partitions at once. Errors: KafkaError. */
  leave(): Promise<void>
}

export interface GroupMemberOptions {
  readonly groupId: string
  readonly topics: readonly string[]
  /** Ends commits that are tried again. */
  readonly signal: AbortSignal
  /** Partitions were added, so that they are to be fetched. */
  readonly onAdded: () => void
  /** What the coordinator knows has changed: a heartbeat should not wait. */
  readonly onChanged: () => void
}

/** How long the group waits for a batch before it gives a revoked partition to another member all the same. */
const rebalanceTimeoutMs = 60_000
const joining = 0
const leaving = -1
const commitBounds = { initialMs: 50, maxMs: 1_000 }

const unknownTopic = 3
const unsupportedVersion = 35
const notAllowed =
  'The brokers do not allow the consumer protocol of groups: add consumer to their group.coordinator.rebalance.protocols'
const staleEpoch = 113
/** UNKNOWN_MEMBER_ID, GROUP_ID_NOT_FOUND, FENCED_MEMBER_EPOCH: the coordinator does not count this member among the group's. */
const rejoins: ReadonlySet<number> = new Set([25, 69, 110])

/** Whether the group has given the member up, which may join again. */
export function isRejoin({ brokerCode }: KafkaError): boolean {
  return brokerCode !== undefined && rejoins.has(brokerCode)
}

/** Whether the same request may have another answer soon, without anybody doing anything. */
export function isPassing({ code }: KafkaError): boolean {
  return code === 'leaderUnavailable' || code === 'unreachable' || code === 'timeout'
}

interface Membership extends GroupMemberOptions {
  readonly session: Session
  readonly memberId: string
  readonly owned: Map<string, OwnedPartition>
  /** Names of topics by their ids. */
  readonly names: Map<string, string>
  epoch: number
  coordinator: Promise<Connection> | undefined
  /** To be sent. */
  readonly commits: Commit[]
}

export function createGroupMember(session: Session, options: GroupMemberOptions): GroupMember {
  const membership: Membership = {
    ...options,
    session,
    memberId: randomUUID(),
    owned: new Map(),
    names: new Map(),
    epoch: joining,
    coordinator: undefined,
    commits: [],
  }
  return {
    owned: membership.owned,
    isMember: () => membership.epoch > joining,
    heartbeat: () => heartbeat(membership),
    commit: (place, offset) => commit(membership, place, offset),
    async leave() {
      if (membership.epoch === joining) return
      membership.epoch = joining
      await beat(membership, leaving, [])
    },
  }
}

/** Asks the coordinator, which is looked for once, and again after anything went wrong with it. Errors: KafkaError. */
async function ask<T>(
  membership: Membership,
  work: (connection: Connection) => Promise<T>,
  message: string,
): Promise<T> {
  const connecting = membership.coordinator ?? coordinatorOf(membership.session, membership.groupId)
  membership.coordinator = connecting
  try {
    return await answerTo(work(await connecting), message)
  } catch (error) {
    if (membership.coordinator === connecting) membership.coordinator = undefined
    throw error
  }
}

type HeartbeatAnswer = Awaited<ReturnType<typeof consumerGroupHeartbeatV1.api.async>>

/** All is said each time, so that the answer has the whole assignment and no lost answer matters. */
async function beat(
  membership: Membership,
  epoch: number,
  partitions: { topicId: string; partitions: number[] }[],
): Promise<HeartbeatAnswer> {
  const { groupId, memberId } = membership
  const message = `Group ${groupId} did not take the consumer's heartbeat`
  const topics = [...membership.topics]
  const work = (connection: Connection) =>
    consumerGroupHeartbeatV1.api.async(
      connection,
      groupId,
      memberId,
      epoch,
      null, // static member
      null, // rack
      rebalanceTimeoutMs,
      topics,
      null, // pattern of topics
      null, // assignor: the broker's first, `uniform`
      partitions,
    )
  const answer = await ask(membership, work, message)
  const { errorCode: brokerCode, errorMessage } = answer
  if (brokerCode === 0) return answer
  membership.coordinator = undefined
  if (brokerCode === unsupportedVersion) throw new KafkaError('unsupported', notAllowed, { brokerCode })
  const reason = errorMessage ?? `error ${brokerCode}`
  throw new KafkaError(codeOfBroker(brokerCode), `${message}: ${reason}`, { brokerCode })
}

async function heartbeat(membership: Membership): Promise<number> {
  const owned = Map.groupBy(membership.owned.values(), ({ topicId }) => topicId)
  const partitions = [...owned].map(([topicId, places]) => {
    return { topicId, partitions: places.map(({ partition }) => partition) }
  })
  try {
    const answer = await beat(membership, membership.epoch, partitions)
    membership.epoch = answer.memberEpoch
    await takeOver(membership, answer.assignment?.topicPartitions ?? [])
    return answer.heartbeatIntervalMs
  } catch (error) {
    if (error instanceof KafkaError && isRejoin(error)) loseAll(membership)
    throw error
  }
}

function loseAll(membership: Membership): void {
  membership.epoch = joining
  for (const place of membership.owned.values()) place.lost = true
  membership.owned.clear()
}

async function takeOver(membership: Membership, assigned: readonly TopicPartitions[]): Promise<void> {
  const { owned, names } = membership
  const { revoked, added } = compareAssignment(owned, assigned)
  for (const place of owned.values()) place.revoked = false // the group may have changed its mind
  for (const place of revoked) revoke(membership, place)
  if (added.length === 0) return
  if (added.some(({ topicId }) => !names.has(topicId))) await learnNames(membership)
  const known = added.flatMap(({ topicId, partition }) => {
    const topic = names.get(topicId)
    // One that no broker knows by name yet comes with the next answer, too.
    return topic === undefined ? [] : ownedPartition(topic, topicId, partition)
  })
  if (known.length === 0) return
  for (const place of known) owned.set(keyOf(place.topicId, place.partition), place)
  membership.onAdded()
  membership.onChanged()
}

async function learnNames({ session, topics, names }: Membership): Promise<void> {
  const answer = await session.cluster.refresh(topics)
  for (const { name, topicId } of answer.topics) if (name) names.set(topicId, name)
}

/**
 * The partition is given up when its batch in hand is done, or at once when that still waits for its turn; unless the group has
 * changed its mind by then.
 */
function revoke({ owned, onChanged }: Membership, place: OwnedPartition): void {
  place.revoked = true
  const key = keyOf(place.topicId, place.partition)
  const isHandled = () => place.inHand !== undefined && !place.waiting
  void Promise.resolve(isHandled() ? place.inHand : undefined).then(() => {
    if (!place.revoked || isHandled() || owned.get(key) !== place) return
    owned.delete(key)
    onChanged()
  })
}

async function commit(membership: Membership, place: OwnedPartition, offset: bigint): Promise<void> {
  const { signal, onChanged } = membership
  for (let failures = 1; !place.lost; failures++) {
    const failure = await failureOfCommit(membership, place, offset)
    if (!failure) return
    if (isRejoin(failure)) place.lost = true
    else if (signal.aborted || !mayCommitLater(failure)) throw failure
    onChanged() // the answer to a heartbeat has the epoch
    await delay(backoffMs(failures, commitBounds), undefined, { signal }).catch(() => undefined)
  }
}

function mayCommitLater(failure: KafkaError): boolean {
  return isPassing(failure) || failure.brokerCode === staleEpoch
}

/** Where a partition goes on, and the error when that is not taken. */
interface Commit {
  readonly place: OwnedPartition
  readonly offset: bigint
  readonly answered: PromiseWithResolvers<KafkaError | undefined>
}

/** Those of one turn of the event loop go in one request. */
function failureOfCommit(
  membership: Membership,
  place: OwnedPartition,
  offset: bigint,
): Promise<KafkaError | undefined> {
  const { commits } = membership
  const answered = Promise.withResolvers<KafkaError | undefined>()
  if (commits.length === 0) setImmediate(() => void sendCommits(membership))
  commits.push({ place, offset, answered })
  return answered.promise
}

async function sendCommits(membership: Membership): Promise<void> {
  const { groupId, memberId, epoch } = membership
  const all = membership.commits.splice(0)
  // The epoch may be a newer one than that in which a lost partition was this member's.
  for (const { place, answered } of all) if (place.lost) answered.resolve(undefined)
  const commits = all.filter(({ place }) => !place.lost)
  if (commits.length === 0) return
  const topics = [...Map.groupBy(commits, ({ place }) => place.topic)].map(([name, ofTopic]) => {
    return { name, partitions: ofTopic.map(toCommittedPartition) }
  })
  const work = (connection: Connection) =>
    offsetCommitV9.api.async(connection, groupId, epoch, memberId, null, topics)
  const messageOf = ({ place }: Commit) => `Group ${groupId} did not take an offset of topic ${place.topic}`
  try {
    const answer = await ask(membership, work, `Group ${groupId} did not take offsets`)
    const codes = new Map(
      answer.topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex, errorCode }) => [keyOf(name, partitionIndex), errorCode]),
      ),
    )
    for (const commit of commits) {
      const { topic, partition } = commit.place
      const code = codes.get(keyOf(topic, partition)) ?? 0
      const isTaken = code === 0 || code === unknownTopic // a topic's offsets are deleted with it
      if (!isTaken) membership.coordinator = undefined
      commit.answered.resolve(isTaken ? undefined : errorOfBroker(code, messageOf(commit), topic))
    }
  } catch (error) {
    for (const commit of commits) commit.answered.resolve(errorOfClient(error, messageOf(commit)))
  }
}

function toCommittedPartition({ place: { partition, topicId }, offset }: Commit) {
  const facts = { committedOffset: offset, committedLeaderEpoch: -1, committedMetadata: topicId }
  return { partitionIndex: partition, ...facts }
}
