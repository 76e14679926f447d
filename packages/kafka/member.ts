import type { EachBatchPayload, Consumer as KafkajsConsumer } from 'kafkajs'
import type { KafkaConfig } from './config.ts'
import type { ConsumerOptions } from './consumer.ts'
import { createKafkajs } from './kafkajsClient.ts'
import type { FetchedMessage } from './kafkajsDecoding.ts'
import type { Positions } from './positions.ts'
import { consumedRecord } from './readRecords.ts'

const heartbeatIntervalMs = 3_000

/**
 * How long a member keeps trying when its brokers are away: about 30 s. One that gives up joins as a new member, and the
 * group makes it wait until the session of the old one is over, which the brokers count anew from when they are back.
 */
const memberRetry = { initialRetryTime: 200, maxRetryTime: 2_000, retries: 18 }

/** A member of kafkajs that is not connected yet. */
export function createMember(config: KafkaConfig, options: ConsumerOptions): KafkajsConsumer {
  const sessionTimeout = options.sessionTimeoutMs ?? 15_000
  return createKafkajs(config, memberRetry).consumer({
    groupId: options.groupId,
    sessionTimeout,
    rebalanceTimeout: 60_000,
    heartbeatInterval: Math.min(heartbeatIntervalMs, sessionTimeout / 3),
    maxBytesPerPartition: options.maxBytesPerPartition ?? 1024 * 1024,
    maxWaitTimeInMs: 500, // also bounds how long a stop waits for the fetch in flight
    allowAutoTopicCreation: false,
    metadataMaxAge: 60_000,
    // Whoever made it starts it again, and so knows when it is joining.
    retry: { ...memberRetry, restartOnFailure: async () => false },
  })
}

/** Hands the batch over, with heartbeats while it is handled, and commits its offsets; or returns where to go on. */
export async function handleBatch(
  payload: EachBatchPayload,
  positions: Positions,
  onBatch: ConsumerOptions['onBatch'],
): Promise<bigint | undefined> {
  const { topic, partition, messages } = payload.batch
  const metadata = await positions.current(topic, partition)
  if (metadata === undefined) return undefined
  const membership = keepMembership(payload)
  const records = (messages as unknown as FetchedMessage[]).map(({ record }) => {
    return consumedRecord(topic, partition, record)
  })
  const isStale = () => payload.isStale() || membership.lost()
  const offset = behind(payload.batch.lastOffset())
  const { fetchedOffset } = payload.batch as unknown as { fetchedOffset: string }
  const place = { from: BigInt(fetchedOffset), next: BigInt(offset) }
  try {
    const goOn = await onBatch({ topic, partition, records, ...place, isStale })
    if (goOn !== undefined) return goOn
  } finally {
    membership.end()
  }
  const partitions = [{ partition, offset, metadata }]
  await payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions }] })
  return undefined
}

/**
 * Commits an offset behind a batch of which nothing is for users: marks of transactions, records of aborted ones, what
 * compaction removed. Else the lag of a group that has everything would not be 0.
 */
export async function passOver(
  consumer: KafkajsConsumer,
  positions: Positions,
  { topic, partition, lastOffset }: { topic: string; partition: number; lastOffset: string },
): Promise<void> {
  const metadata = await positions.current(topic, partition)
  if (metadata === undefined) return
  await consumer.commitOffsets([{ topic, partition, offset: behind(lastOffset), metadata }])
}

function behind(offset: string): string {
  return String(BigInt(offset) + 1n)
}

/** Heartbeats until `end`: without them the group takes the partition away when a batch lasts longer than the session. */
function keepMembership(payload: EachBatchPayload): { lost(): boolean; end(): void } {
  let lost = false
  const timer = setInterval(() => {
    payload.heartbeat().catch((error: { type?: string }) => {
      // A rebalance that has only begun leaves the partition here until this consumer joins again.
      if (error.type === 'UNKNOWN_MEMBER_ID' || error.type === 'ILLEGAL_GENERATION') lost = true
    })
  }, heartbeatIntervalMs)
  return { lost: () => lost, end: () => clearInterval(timer) }
}
