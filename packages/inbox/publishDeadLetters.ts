import { KafkaError, type OutgoingRecord, type Producer } from '@relevo/kafka'
import type { InboxContext } from './inboxContext.ts'
import {
  lockUnpublished,
  markPublished,
  postponePublish,
  type UnpublishedDeadLetter,
} from './sql/deadLetters.ts'
import { inTransaction } from './transaction.ts'

export interface DeadLetterPublisher {
  readonly producer: Producer
  readonly topicOf: (topic: string) => string
}

const pageSize = 100
const postponeMs = 30_000

/**
 * Copies dead letters to their topics, at least once: each stays marked as unpublished until Kafka has acknowledged
 * it. Returns whether there may be more. Errors: the database's.
 */
export async function publishDeadLetters(
  context: InboxContext,
  { producer, topicOf }: DeadLetterPublisher,
): Promise<boolean> {
  return inTransaction(context, async (tx) => {
    const letters = await lockUnpublished(tx, context.consumer, pageSize)
    if (letters.length === 0) return false
    const records = letters.map((letter) => recordOf(letter, context.consumer, topicOf(letter.topic)))
    const failed = new Set(await send(context, producer, records))
    const ids = (isFailed: boolean) =>
      letters.filter((_, i) => failed.has(i) === isFailed).map(({ id }) => id)
    if (failed.size < letters.length) await markPublished(tx, ids(false))
    if (failed.size > 0) await postponePublish(tx, ids(true), postponeMs)
    return letters.length === pageSize
  })
}

/** Returns the indexes of the records that were not acknowledged. */
async function send(
  context: InboxContext,
  producer: Producer,
  records: readonly OutgoingRecord[],
): Promise<readonly number[]> {
  try {
    await producer.send(records)
    return []
  } catch (error) {
    context.logger.warn({ err: error, records: records.length }, 'dead letters cannot be published yet')
    return (error instanceof KafkaError && error.failed) || [...records.keys()]
  }
}

function recordOf(letter: UnpublishedDeadLetter, consumer: string, topic: string): OutgoingRecord {
  const headers = {
    ...letter.headers,
    relevo_dlt_consumer: consumer,
    relevo_dlt_topic: letter.topic,
    relevo_dlt_partition: String(letter.partition),
    relevo_dlt_offset: letter.offset,
    relevo_dlt_reason: letter.reason,
    relevo_dlt_error: letter.error,
    relevo_dlt_attempts: String(letter.attempts),
    relevo_dlt_time: letter.dead_at.toISOString(),
  }
  return {
    topic,
    key: letter.key?.toString() ?? null,
    partitionKey: letter.key === null ? letter.id : undefined,
    value: letter.value,
    headers,
    timestamp: letter.timestamp,
  }
}
