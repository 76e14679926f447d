import { check } from './brokerCodes.ts'
import { answerTo } from './connections.ts'
import { atCoordinator } from './groups.ts'
import { consumerGroupDescribeV0, describeGroupsV5, listGroupsV5 } from './platformatic.ts'
import type { Session } from './session.ts'

export interface ListedGroup {
  readonly groupId: string
  /** Kafka's word: Empty, Stable, Assigning, … */
  readonly state: string
  readonly type: string
}

export interface GroupMember {
  readonly memberId: string
  readonly clientId: string
  readonly host: string
  readonly partitions: readonly { readonly topic: string; readonly partition: number }[]
}

export interface DescribedGroup extends ListedGroup {
  readonly members: readonly GroupMember[]
}

/** Every group that the user may see, by name. Each broker knows those that it coordinates. Errors: KafkaError. */
export async function listGroups({ cluster, connections }: Session): Promise<ListedGroup[]> {
  const { brokers } = await cluster.refresh([])
  const answers = await Promise.all(
    brokers.map(async (broker) => {
      const work = listGroupsV5.api.async(await connections.to(broker), [], [])
      const { errorCode, groups } = await answerTo(work, 'The groups cannot be listed')
      check(errorCode, 'The groups cannot be listed')
      return groups
    }),
  )
  const groups = answers.flat().map(({ groupId, groupState: state, groupType: type }) => {
    return { groupId, state, type }
  })
  return groups.sort((a, b) => a.groupId.localeCompare(b.groupId))
}

const groupIdNotFound = 69

/** A group with its members; state `Dead` when there is none of that name. Errors: KafkaError. */
export async function describeGroup(session: Session, groupId: string): Promise<DescribedGroup> {
  const message = `Group ${groupId} cannot be described`
  const group = await atCoordinator(session, groupId, async (connection) => {
    const asking = consumerGroupDescribeV0.api.async(connection, [groupId], false)
    const [found] = (await answerTo(asking, message)).groups
    if (found?.errorCode !== groupIdNotFound) check(found?.errorCode ?? -1, message)
    return found
  })
  // A group of the older protocol is none to this question.
  if (group?.errorCode === groupIdNotFound) return describeClassic(session, groupId)
  const members = (group?.members ?? []).map(({ memberId, clientId, clientHost, assignment }) => ({
    memberId,
    clientId,
    host: clientHost,
    partitions: assignment.topicPartitions.flatMap(({ topicName: topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    ),
  }))
  return { groupId, state: group?.groupState ?? '', type: 'consumer', members }
}

async function describeClassic(session: Session, groupId: string): Promise<DescribedGroup> {
  const message = `Group ${groupId} cannot be described`
  const group = await atCoordinator(session, groupId, async (connection) => {
    const [found] = (await answerTo(describeGroupsV5.api.async(connection, [groupId], false), message)).groups
    check(found?.errorCode ?? -1, message)
    return found
  })
  const members = (group?.members ?? []).map(({ memberId, clientId, clientHost, memberAssignment }) => ({
    memberId,
    clientId,
    host: clientHost,
    partitions: readAssignment(memberAssignment),
  }))
  return { groupId, state: group?.groupState ?? '', type: 'classic', members }
}

/** What a leader of the older protocol has assigned (ConsumerProtocolAssignment); empty when it is of another protocol. */
export function readAssignment(data: Buffer): { topic: string; partition: number }[] {
  try {
    const found: { topic: string; partition: number }[] = []
    let at = 2 // version
    const topics = data.readInt32BE(at)
    at += 4
    for (let n = 0; n < topics; n++) {
      const end = at + 2 + data.readInt16BE(at)
      const topic = data.toString('utf8', at + 2, end)
      const count = data.readInt32BE(end)
      at = end + 4
      for (let p = 0; p < count; p++, at += 4) found.push({ topic, partition: data.readInt32BE(at) })
    }
    return found
  } catch {
    return []
  }
}
