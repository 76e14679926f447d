import type { Admin as KafkajsAdmin } from 'kafkajs'
import type { KafkaConfig } from './config.ts'
import { errorOfKafkajs } from './errorOfKafkajs.ts'
import { createKafkajs } from './kafkajsClient.ts'

export interface TopicSpec {
  readonly topic: string
  readonly partitions: number
  /** Default: the broker's. */
  readonly replicationFactor?: number
  readonly config?: Readonly<Record<string, string>>
}

export interface PartitionLag {
  readonly topic: string
  readonly partition: number
  /** Records that the group has not committed; all of them when it never committed. */
  readonly lag: number
}

export interface PartitionOffsets {
  readonly topic: string
  readonly partition: number
  /** Offset of the first record that is still there. */
  readonly start: bigint
  /** Offset that the next record will get. */
  readonly end: bigint
}

/** Administration of topics and groups; every call throws KafkaError. `close` it. */
export interface Admin {
  /** Creates the topics that are missing; those that exist stay as they are. */
  ensureTopics(topics: readonly TopicSpec[]): Promise<void>
  deleteTopics(topics: readonly string[]): Promise<void>
  /** How far the group is behind, by partition. */
  groupLag(groupId: string, topics: readonly string[]): Promise<PartitionLag[]>
  topicOffsets(topics: readonly string[]): Promise<PartitionOffsets[]>
  close(): Promise<void>
}

export function createAdmin(config: KafkaConfig): Admin {
  const admin = createKafkajs(config).admin()
  let connecting: Promise<void> | undefined

  async function connected<T>(message: string, work: () => Promise<T>): Promise<T> {
    try {
      connecting ??= admin.connect()
      await connecting
      return await work()
    } catch (error) {
      connecting = undefined
      throw errorOfKafkajs(error, message)
    }
  }

  return {
    ensureTopics: (topics) => connected('Topics cannot be created', () => createMissing(admin, topics)),
    deleteTopics: (topics) =>
      connected('Topics cannot be deleted', () => admin.deleteTopics({ topics: [...topics] })),
    groupLag: (groupId, topics) =>
      connected(`The lag of group ${groupId} cannot be read`, () => readLag(admin, groupId, topics)),
    topicOffsets: (topics) => connected('The offsets cannot be read', () => readOffsets(admin, topics)),
    close: () => admin.disconnect(),
  }
}

async function createMissing(admin: KafkajsAdmin, topics: readonly TopicSpec[]): Promise<void> {
  const existing = new Set(await admin.listTopics())
  for (const { topic, partitions, replicationFactor, config = {} } of topics) {
    if (existing.has(topic)) continue
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }))
    const spec = {
      topic,
      numPartitions: partitions,
      replicationFactor: replicationFactor ?? -1,
      configEntries,
    }
    await admin.createTopics({ topics: [spec], waitForLeaders: true }) // false, no error, if it exists by now
  }
}

async function readOffsets(admin: KafkajsAdmin, topics: readonly string[]): Promise<PartitionOffsets[]> {
  const all: PartitionOffsets[] = []
  for (const topic of topics) {
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      all.push({ topic, partition, start: BigInt(low), end: BigInt(high) })
    }
  }
  return all.sort((a, b) => a.topic.localeCompare(b.topic) || a.partition - b.partition)
}

async function readLag(
  admin: KafkajsAdmin,
  groupId: string,
  topics: readonly string[],
): Promise<PartitionLag[]> {
  const [offsets, committed] = await Promise.all([
    readOffsets(admin, topics),
    admin.fetchOffsets({ groupId, topics: [...topics] }),
  ])
  const known = new Map<string, bigint>()
  for (const { topic, partitions } of committed) {
    for (const { partition, offset } of partitions) known.set(`${topic}:${partition}`, BigInt(offset))
  }
  return offsets.map(({ topic, partition, start, end }) => {
    const next = known.get(`${topic}:${partition}`) ?? -1n
    return { topic, partition, lag: Number(end - (next < start ? start : next)) }
  })
}
