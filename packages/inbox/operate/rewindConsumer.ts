import type { Admin } from '@relevo/kafka'
import type { SqlClient } from '../sql/deadLetterFilter.ts'
import { setTaken } from '../sql/setTaken.ts'

export interface RewoundPartition {
  readonly topic: string
  readonly partition: number
  /** The group's current offset; undefined: it never committed. */
  readonly from: bigint | undefined
  readonly to: bigint
}

export interface RewindRequest {
  /** The consumer group. */
  readonly consumer: string
  readonly topics: readonly string[]
  /** Records from this time on are consumed again: for a restored database the time of its backup. */
  readonly to: Date
}

/** The offset at which the group would continue in each partition. Errors: KafkaError. */
export async function previewRewind(admin: Admin, request: RewindRequest): Promise<RewoundPartition[]> {
  const { consumer, topics, to } = request
  const lags = await admin.groupLag(consumer, topics)
  const committed = new Map(lags.map((lag) => [`${lag.topic}:${lag.partition}`, lag.committed]))
  const offsets = await admin.offsetsAt(topics, to.getTime())
  return offsets.map(({ topic, partition, offset }) => {
    return { topic, partition, from: committed.get(`${topic}:${partition}`), to: offset }
  })
}

/**
 * Sets where the group goes on to what {@link previewRewind} returned. What the database has already is dropped as
 * duplicates. The consumers must be stopped. Errors: KafkaError, `groupInUse` when one runs; the database's.
 */
export async function rewindConsumer(
  admin: Admin,
  client: SqlClient,
  consumer: string,
  partitions: readonly RewoundPartition[],
): Promise<void> {
  const offsets = partitions.map(({ topic, partition, to }) => ({ topic, partition, offset: to }))
  await admin.setGroupOffsets(consumer, offsets)
  await setTaken(client, consumer, offsets)
}
