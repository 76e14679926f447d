import type { KafkaConfig } from './config.ts'
import { commitOffsets, listCommitted, type PartitionLag, readLag } from './groups.ts'
import { type ClusterState, inspectCluster, readTopicSettings, type TopicSetting } from './inspectCluster.ts'
import { type DescribedGroup, describeGroup, type ListedGroup, listGroups } from './inspectGroups.ts'
import { type PartitionOffset, type PartitionOffsets, readOffsets, readOffsetsAt } from './offsets.ts'
import { type Peeked, type PeekOptions, peekTopic } from './peekTopic.ts'
import { openSession, patiently, type Session } from './session.ts'
import {
  createMissing,
  deleteTopics,
  describeTopics,
  type TopicDescription,
  type TopicSpec,
} from './topics.ts'

/** Administration of topics and groups; every call throws KafkaError. `close` it. */
export interface Admin {
  /** Kafka's own id of the cluster, which no other cluster has. */
  clusterId(): Promise<string>
  /** Creates the topics that are missing; those that exist stay as they are. Resolves when every broker knows them. */
  ensureTopics(topics: readonly TopicSpec[]): Promise<void>
  deleteTopics(topics: readonly string[]): Promise<void>
  /** Every topic that is not Kafka's own, by name. */
  listTopics(): Promise<TopicDescription[]>
  /** How far the group is behind, by partition. */
  groupLag(groupId: string, topics: readonly string[]): Promise<PartitionLag[]>
  topicOffsets(topics: readonly string[]): Promise<PartitionOffsets[]>
  /** Of each partition the offset of the first record from the time (ms since 1970) on; its end when there is none. */
  offsetsAt(topics: readonly string[], timeMs: number): Promise<PartitionOffset[]>
  /** Sets where a group goes on; a group that has members is refused with `groupInUse`. */
  setGroupOffsets(groupId: string, offsets: readonly PartitionOffset[]): Promise<void>
  /** Brokers, and where the partitions of all topics are. */
  inspectCluster(): Promise<ClusterState>
  topicSettings(topic: string): Promise<TopicSetting[]>
  listGroups(): Promise<ListedGroup[]>
  /** Where a group goes on, of every topic that it has committed for. */
  committedOffsets(groupId: string): Promise<PartitionOffset[]>
  /** With its members; state `Dead` when there is none of that name. */
  describeGroup(groupId: string): Promise<DescribedGroup>
  /** Looks at records, within bounds and without a group. */
  peekTopic(options: PeekOptions): Promise<Peeked>
  close(): Promise<void>
}

export function createAdmin(config: KafkaConfig): Admin {
  const session = openSession(config, { connectMs: 3_000, requestMs: 20_000 })
  const run = <T>(work: (session: Session) => Promise<T>): Promise<T> => patiently(() => work(session))

  return {
    clusterId: () => run(async ({ cluster }) => (await cluster.refresh([])).clusterId ?? ''),
    ensureTopics: (topics) => run((s) => createMissing(s, topics)),
    deleteTopics: (topics) => run((s) => deleteTopics(s, topics)),
    listTopics: () => run(describeTopics),
    groupLag: (groupId, topics) => run((s) => readLag(s, groupId, topics)),
    topicOffsets: (topics) => run((s) => readOffsets(s, topics)),
    offsetsAt: (topics, timeMs) => run((s) => readOffsetsAt(s, topics, timeMs)),
    setGroupOffsets: (groupId, offsets) => run((s) => commitOffsets(s, groupId, offsets)),
    inspectCluster: () => run(inspectCluster),
    topicSettings: (topic) => run((s) => readTopicSettings(s, topic)),
    listGroups: () => run(listGroups),
    committedOffsets: (groupId) => run((s) => listCommitted(s, groupId)),
    describeGroup: (groupId) => run((s) => describeGroup(s, groupId)),
    peekTopic: (options) => run((s) => peekTopic(s, options)),
    async close() {
      session.connections.close()
    },
  }
}
