export { type Admin, createAdmin } from './admin.ts'
export type { KafkaConfig, Logger } from './config.ts'
export {
  type ConsumedBatch,
  type ConsumedRecord,
  type RecordFault,
  recordFaultCodes,
} from './consumedRecord.ts'
export { type Consumer, type ConsumerHealth, type ConsumerOptions, createConsumer } from './consumer.ts'
export { type FollowOptions, followTopics } from './followTopics.ts'
export type { GroupTopics, PartitionLag } from './groups.ts'
export type {
  BrokerState,
  ClusterState,
  PartitionState,
  TopicLayout,
  TopicSetting,
} from './inspectCluster.ts'
export type { DescribedGroup, GroupMember, ListedGroup } from './inspectGroups.ts'
export {
  KafkaError,
  type KafkaErrorCode,
  type KafkaErrorScope,
  kafkaErrorCodes,
  type RecordError,
} from './kafkaError.ts'
export { murmur2, partitionOf } from './murmur2.ts'
export type { PartitionOffset, PartitionOffsets } from './offsets.ts'
export type { OutgoingRecord } from './outgoingRecord.ts'
export type { Peeked, PeekedPartition, PeekedRecord, PeekFrom, PeekOptions } from './peekTopic.ts'
export { createProducer, type Producer, type ProducerOptions, type TopicState } from './producer.ts'
export { type ReadOptions, readTopic } from './readTopic.ts'
export type { TopicDescription, TopicSpec } from './topics.ts'
