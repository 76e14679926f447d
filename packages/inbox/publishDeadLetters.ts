import { KafkaError, type OutgoingRecord, type Producer } from '@relevo/kafka'
import type { InboxContext } from './inboxContext.ts'
import {
  leaveUnpublished,
  lockUnpublished,
  longestPostponeMs,
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

/**
 * Copies dead letters to their topics, at least once: each stays marked as unpublished until Kafka has acknowledged
 * it. Returns whether there may be more. Errors: the database's.
 */
export async function publishDeadLetters(
  context: InboxContext,
  { producer, topicOf }: DeadLetterPublisher,
): Promise<boolean> {
  return inTransaction(context, async (tx) => {
    const letters = await lockUnpublished(tx, context.consumer, longestPostponeMs, pageSize)
    if (letters.length === 0) return false
    const records = letters.map((letter) => recordOf(letter, context.consumer, topicOf(letter.topic)))
    const { failed, rejected } = await send(context, producer, records)
    const idsOf = (outcome: (i: number) => boolean) =>
      letters.filter((_, i) => outcome(i)).map(({ id }) => id)
    await markPublished(
      tx,
      idsOf((i) => !failed.has(i)),
    )
    await postponePublish(
      tx,
      idsOf((i) => failed.has(i) && !rejected.has(i)),
      rejected.size > 0 ? 0 : longestPostponeMs,
    )
    await leaveUnpublished(
      tx,
      idsOf((i) => rejected.has(i)),
    )
    return letters.length === pageSize
  })
}

interface SendOutcome {
  /** Indexes of the records that were not acknowledged. */
  readonly failed: ReadonlySet<number>
  /** Of those that the topic can never take, for example larger than its `max.message.bytes`. */
  readonly rejected: ReadonlySet<number>
}

async function send(
  context: InboxContext,
  producer: Producer,
  records: readonly OutgoingRecord[],
): Promise<SendOutcome> {
  try {
    await producer.send(records)
    return { failed: new Set(), rejected: new Set() }
  } catch (error) {
    context.logger.warn({ err: error, records: records.length }, 'dead letters cannot be published yet')
    if (!(error instanceof KafkaError)) return { failed: new Set(records.keys()), rejected: new Set() }
    const rejected = error.errors.filter(({ scope }) => scope === 'record').map(({ index }) => index)
    return { failed: new Set(error.failed ?? records.keys()), rejected: new Set(rejected) }
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
    relevo_dlt_record_time: letter.record_time.toISOString(),
  }
  return {
    topic,
    key: letter.key?.toString() ?? null,
    partitionKey: letter.key === null ? letter.id : undefined,
    value: letter.value,
    headers,
    // Without a timestamp it is the time of sending: retention would delete the copy of an old record at once.
  }
}
