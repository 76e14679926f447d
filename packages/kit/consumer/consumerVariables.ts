import { kafkaVariables } from '../config/kafkaVariables.ts'
import { duration, int, list, manyOf, oneOf, string } from '../config/variable.ts'

interface ConsumerDefaults {
  /** Name of the service at the brokers. */
  readonly clientId: string
  /** Or several. */
  readonly topic: string | readonly string[]
  /** The consumer group; without one the service names its groups itself. */
  readonly group: string
  /** The event types that it has handlers for. */
  readonly types: readonly string[]
  /** Default 5. */
  readonly attempts?: number
  /** Default 60 s. */
  readonly maxDelayMs?: number
}

/** Variables of a service that consumes topics with {@link startConsumer}. */
export function consumerVariables({ clientId, topic, group, types, ...retry }: ConsumerDefaults) {
  return {
    ...kafkaVariables(clientId),
    topics: list('KAFKA_TOPIC', {
      default: [topic].flat(),
      doc: 'The topic it consumes, or several, comma-separated',
    }),
    groupId: string('KAFKA_GROUP_ID', {
      default: group,
      doc: 'Its consumer group; processes that handle different events need groups of their own',
    }),
    eventTypes: manyOf('EVENT_TYPES', types, {
      default: [],
      doc: 'The event types it handles; it skips others. Empty: all, and unknown ones become dead letters',
    }),
    concurrency: int('CONCURRENCY', {
      default: 3,
      min: 1,
      max: 64,
      doc: 'Partitions handled concurrently, each with a database connection',
    }),
    ...inboxVariables(retry),
  }
}

/** Variables of an inbox: how often it tries an event, and how long it remembers it. */
export function inboxVariables({
  attempts = 5,
  maxDelayMs = 60_000,
}: Pick<ConsumerDefaults, 'attempts' | 'maxDelayMs'>) {
  return {
    retryAttempts: int('RETRY_ATTEMPTS', {
      default: attempts,
      min: 1,
      max: 100,
      doc: 'Attempts at an event before it becomes a dead letter',
    }),
    retryInitialDelayMs: duration('RETRY_INITIAL_DELAY_MS', {
      default: 1_000,
      min: 1,
      doc: 'Longest pause before the second attempt; it doubles for each further one',
    }),
    retryMaxDelayMs: duration('RETRY_MAX_DELAY_MS', {
      default: maxDelayMs,
      min: 1,
      doc: 'Longest pause between two attempts',
    }),
    retryUnavailableMs: duration('RETRY_UNAVAILABLE_MS', {
      default: 86_400_000,
      min: 1,
      doc: 'How long an event waits, without counting attempts, for a dependency that its handler calls unavailable',
    }),
    consumerSpans: oneOf('CONSUMER_SPANS', ['linked', 'child'], {
      default: 'linked',
      doc: "With tracing, an event's span: in its own trace with a link to the span that recorded it, or in the same trace",
    }),
    retentionDays: int('INBOX_RETENTION_DAYS', {
      default: 30,
      min: 1,
      max: 3_650,
      doc: 'How long processed events are remembered; must exceed the retention of the topic',
    }),
  }
}
