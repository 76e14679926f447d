import { setTimeout as delay } from 'node:timers/promises'
import type { Admin, PartitionLag } from '@relevo/kafka'

export interface ConsumerLag {
  /** Records that the group has not committed. */
  readonly messages: number
  readonly partitions: readonly PartitionLag[]
}

/** A consumer group's lag; undefined if Kafka does not answer within the time, 2 s by default. */
export async function readLag(
  admin: Admin,
  consumer: string,
  topics: readonly string[],
  timeoutMs = 2_000,
): Promise<ConsumerLag | undefined> {
  const bound = new AbortController()
  const late = delay(timeoutMs, undefined, { signal: bound.signal }).catch(() => undefined)
  const lag = admin.groupLag(consumer, topics).then(
    (partitions) => ({ messages: partitions.reduce((sum, { lag }) => sum + lag, 0), partitions }),
    () => undefined,
  )
  return Promise.race([lag, late]).finally(() => bound.abort())
}
