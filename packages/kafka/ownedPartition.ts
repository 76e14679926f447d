import type { ReadRecord } from './readRecords.ts'

/** What was fetched of a partition; without records when it was only marks of transactions and the like. */
export interface FetchedBatch {
  readonly records: readonly ReadRecord[]
  /** Offset behind it. */
  readonly next: bigint
  /** As they were fetched. */
  readonly bytes: number
}

/** A partition that the group has given to this member. */
export interface OwnedPartition {
  readonly topic: string
  /** Kafka's id of the topic (KIP-516): another topic under the same name is another partition. */
  readonly topicId: string
  readonly partition: number
  /** The offset to fetch next; undefined until what the group has committed was read. */
  position: bigint | undefined
  /** The batch that waits for its turn, or is being handled, until its offsets are committed. Never rejects. */
  inHand: Promise<void> | undefined
  /** As long as it waits for its turn: what comes meanwhile is added to it. */
  waiting: FetchedBatch | undefined
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
  const progress = { position: undefined, inHand: undefined, waiting: undefined, notBefore: 0, failures: 0 }
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
