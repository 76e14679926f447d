import { check } from './brokerCodes.ts'
import { answerTo } from './connections.ts'
import { describeConfigsV4, describeLogDirsV4 } from './platformatic.ts'
import type { Session } from './session.ts'

export interface BrokerState {
  readonly id: number
  readonly host: string
  readonly port: number
  readonly rack: string | undefined
  readonly isController: boolean
  /** Of all replicas that it has; undefined when it does not tell. */
  readonly bytes: bigint | undefined
}

export interface PartitionState {
  readonly partition: number
  /** -1: none. */
  readonly leader: number
  readonly replicas: readonly number[]
  readonly inSync: readonly number[]
  /** Of the leader's replica; undefined when it does not tell. */
  readonly bytes: bigint | undefined
}

export interface TopicLayout {
  readonly topic: string
  readonly partitions: readonly PartitionState[]
}

export interface ClusterState {
  readonly clusterId: string
  readonly brokers: readonly BrokerState[]
  /** Those that are not Kafka's own, by name. */
  readonly topics: readonly TopicLayout[]
}

/** The brokers and where the partitions are, with sizes where the user may see them. Errors: KafkaError. */
export async function inspectCluster(session: Session): Promise<ClusterState> {
  const answer = await session.cluster.refresh(null)
  const sizes = new Map(
    await Promise.all(
      answer.brokers.map(async (broker) => [broker.nodeId, await readSizes(session, broker)] as const),
    ),
  )
  const brokers = answer.brokers.map(({ nodeId: id, host, port, rack }) => {
    const own = sizes.get(id)
    const bytes = own && [...own.values()].reduce((sum, each) => sum + each, 0n)
    return { id, host, port, rack: rack ?? undefined, isController: id === answer.controllerId, bytes }
  })
  const topics = answer.topics.filter(({ errorCode, isInternal }) => errorCode === 0 && !isInternal)
  const layouts = topics.map(({ name, partitions }) => ({
    topic: name ?? '',
    partitions: partitions
      .map(({ partitionIndex: partition, leaderId: leader, replicaNodes: replicas, isrNodes: inSync }) => {
        return { partition, leader, replicas, inSync, bytes: sizes.get(leader)?.get(`${name}:${partition}`) }
      })
      .sort((a, b) => a.partition - b.partition),
  }))
  return {
    clusterId: answer.clusterId ?? '',
    brokers: brokers.sort((a, b) => a.id - b.id),
    topics: layouts.sort((a, b) => a.topic.localeCompare(b.topic)),
  }
}

/** Bytes of each replica of a broker, by `topic:partition`; undefined when it does not tell. */
async function readSizes(
  { connections }: Session,
  broker: { readonly host: string; readonly port: number },
): Promise<ReadonlyMap<string, bigint> | undefined> {
  try {
    const work = describeLogDirsV4.api.async(await connections.to(broker), null)
    const { errorCode, results } = await answerTo(work, 'The sizes of partitions cannot be read')
    if (errorCode !== 0) return undefined
    const partitions = results.flatMap(({ topics }) =>
      topics.flatMap(({ name, partitions: own }) =>
        own.map(({ partitionIndex, partitionSize }) => [`${name}:${partitionIndex}`, partitionSize] as const),
      ),
    )
    return new Map(partitions)
  } catch {
    return undefined // the broker is away, or the user may not ask
  }
}

export interface TopicSetting {
  readonly name: string
  /** Undefined: it is not shown. */
  readonly value: string | undefined
  /** It was set for this topic, and is not the brokers' own. */
  readonly isOwn: boolean
}

const topicResource = 2
const dynamicTopicConfig = 1

/** The settings of a topic, its own ones first. Errors: KafkaError. */
export async function readTopicSettings(session: Session, topic: string): Promise<TopicSetting[]> {
  const resource = { resourceType: topicResource, resourceName: topic, configurationKeys: null } as const
  const work = describeConfigsV4.api.async(await session.cluster.anyConnection(), [resource], false, false)
  const message = `The settings of topic ${topic} cannot be read`
  const [found] = (await answerTo(work, message)).results
  check(found?.errorCode ?? -1, message, topic)
  const settings = (found?.configs ?? []).map(({ name, value, isSensitive, configSource }) => ({
    name,
    value: isSensitive || value === null ? undefined : value,
    isOwn: configSource === dynamicTopicConfig,
  }))
  return settings.sort((a, b) => Number(b.isOwn) - Number(a.isOwn) || a.name.localeCompare(b.name))
}
