import type { KafkaConfig } from './config.ts'
import { commitOffsets, type GroupTopics, listCommitted, type PartitionLag, readLags } from './groups.ts'
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

/** Administration of topics and groups. Every call throws KafkaError. The owner closes it. */
export interface Admin {
  /** Kafka's unique id of the cluster. */
  clusterId(): Promise<string>
  /** Creates missing topics; existing ones stay as they are. Resolves when every broker knows them. */
  ensureTopics(topics: readonly TopicSpec[]): Promise<void>
  deleteTopics(topics: readonly string[]): Promise<void>
  /** Every topic except Kafka's own, by name. */
  listTopics(): Promise<TopicDescription[]>
  /** The group's lag, by partition. */
  groupLag(groupId: string, topics: readonly string[]): Promise<readonly PartitionLag[]>
  /** The lags of several groups, in their order, in fewer requests. */
  groupLags(groups: readonly GroupTopics[]): Promise<(readonly PartitionLag[])[]>
  topicOffsets(topics: readonly string[]): Promise<PartitionOffsets[]>
  /** For each partition the offset of the first record from this time (ms since 1970) on; its end if there is none. */
  offsetsAt(topics: readonly string[], timeMs: number): Promise<PartitionOffset[]>
  /** Sets a group's offsets; fails with `groupInUse` if the group has members. */
  setGroupOffsets(groupId: string, offsets: readonly PartitionOffset[]): Promise<void>
  /** Brokers, and the location of every topic's partitions. */
  inspectCluster(): Promise<ClusterState>
  topicSettings(topic: string): Promise<TopicSetting[]>
  listGroups(): Promise<ListedGroup[]>
  /** A group's committed offsets, for every topic that has one. */
  committedOffsets(groupId: string): Promise<PartitionOffset[]>
  /** The group with its members; state `Dead` if there is no such group. */
  describeGroup(groupId: string): Promise<DescribedGroup>
  /** Reads records, within bounds and without a group. */
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
    groupLag: async (groupId, topics) => (await run((s) => readLags(s, [{ groupId, topics }])))[0] ?? [],
    groupLags: (groups) => run((s) => readLags(s, groups)),
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
