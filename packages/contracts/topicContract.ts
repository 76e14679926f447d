/** A Kafka topic of the catalogue. */
export interface TopicContract {
  readonly name: string
  readonly summary: string
  readonly partitions: number
  readonly retentionMs: number
  /** Largest record, in bytes; above Kafka's default of 1 MiB where the content may be large. */
  readonly maxMessageBytes: number
}

/** What @relevo/kafka's `ensureTopics` takes. */
export interface TopicDefinition {
  readonly topic: string
  readonly partitions: number
  readonly config: Readonly<Record<string, string>>
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
    },
  }
}
