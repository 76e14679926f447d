/** A partition that the group has given to this member. */
export interface OwnedPartition {
  readonly topic: string
  /** Kafka's id of the topic (KIP-516): another topic under the same name is another partition. */
  readonly topicId: string
  readonly partition: number
  /** The offset to fetch next; undefined until what the group has committed was read. */
  position: bigint | undefined
  /** The batch in hand, until its offsets are committed. Never rejects. */
  inHand: Promise<void> | undefined
  /** The group wants it back: nothing more is fetched, and the batch in hand is the last one. */
  revoked: boolean
  /** It may belong to another member by now, which gets the same records. */
  lost: boolean
  /** When to fetch again after a failure, on the clock of `performance`. */
  notBefore: number
  /** Batches that failed in a row. */
  failures: number
}

export function ownedPartition(topic: string, topicId: string, partition: number): OwnedPartition {
  const progress = { position: undefined, inHand: undefined, notBefore: 0, failures: 0 }
  return { topic, topicId, partition, ...progress, revoked: false, lost: false }
}

/** Partitions as the requests of groups name them. */
export interface TopicPartitions {
  readonly topicId: string
  readonly partitions: readonly number[]
}

export function keyOf(topicId: string, partition: number): string {
  return `${topicId}:${partition}`
}

/** What an assignment changes: the partitions to give up, and those to take over. */
export function compareAssignment(
  owned: ReadonlyMap<string, OwnedPartition>,
  assigned: readonly TopicPartitions[],
): { readonly revoked: OwnedPartition[]; readonly added: { topicId: string; partition: number }[] } {
  const places = assigned.flatMap(({ topicId, partitions }) => {
    return partitions.map((partition) => ({ topicId, partition }))
  })
  const keys = new Set(places.map(({ topicId, partition }) => keyOf(topicId, partition)))
  return {
    revoked: [...owned].filter(([key]) => !keys.has(key)).map(([, partition]) => partition),
    added: places.filter(({ topicId, partition }) => !owned.has(keyOf(topicId, partition))),
  }
}
