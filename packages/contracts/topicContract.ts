const dayMs = 86_400_000
/** Room for the reason of a dead letter in its record. */
const reasonBytes = 64 * 1024

export type Compression = 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** A Kafka topic. */
export interface TopicContract {
  readonly name: string
  readonly summary: string
  readonly partitions: number
  readonly retentionMs: number
  /** Largest record, in bytes; above Kafka's default of 1 MiB where the content may be large. */
  readonly maxMessageBytes: number
  /** Default: the producer's. */
  readonly compression?: Compression
  /** Topic for records that a consumer gives up. */
  readonly deadLetters?: TopicContract
}

/** A topic that services consume. */
export type ConsumedTopic = TopicContract & { readonly deadLetters: TopicContract }

/** The input of @relevo/kafka's `ensureTopics`. */
export interface TopicDefinition {
  readonly topic: string
  readonly partitions: number
  readonly config: Readonly<Record<string, string>>
}

/** A topic with its dead-letter topic, `<name>.dlt`, which keeps records for 30 days. */
export function defineTopic(topic: Omit<TopicContract, 'deadLetters'>): ConsumedTopic {
  return {
    ...topic,
    deadLetters: {
      name: `${topic.name}.dlt`,
      summary: `Records of \`${topic.name}\` that a consumer gave up, with the reason in their headers`,
      partitions: 1,
      retentionMs: 30 * dayMs,
      maxMessageBytes: topic.maxMessageBytes + reasonBytes,
    },
  }
}

/** How a topic is created; its replication factor is left to the cluster. */
export function topicDefinition(topic: TopicContract): TopicDefinition {
  return {
    topic: topic.name,
    partitions: topic.partitions,
    config: {
      'retention.ms': String(topic.retentionMs),
      'max.message.bytes': String(topic.maxMessageBytes),
      // So that a record's time is the event's own, also when it is delivered again much later.
      'message.timestamp.type': 'CreateTime',
      ...(topic.compression && { 'compression.type': topic.compression }),
    },
  }
}
