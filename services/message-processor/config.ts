import {
  type ConfigOf,
  checkKafka,
  databaseVariables,
  defineConfig,
  duration,
  type Environment,
  httpVariables,
  int,
  kafkaVariables,
  list,
  processVariables,
  string,
} from '@relevo/kit'
import { messagesTopic } from '../../systems/messages.ts'
import { handledTypes } from './events.ts'

/** What the message processor can be set to. */
export const config = defineConfig(
  {
    ...processVariables,
    ...httpVariables(3001),
    ...databaseVariables,
    ...kafkaVariables('message-processor'),
    topic: string('KAFKA_TOPIC', { default: messagesTopic.name, doc: 'The topic it consumes' }),
    groupId: string('KAFKA_GROUP_ID', {
      default: 'message-processor-group',
      doc: 'Its consumer group; processes with different EVENT_TYPES need groups of their own',
    }),
    eventTypes: list('EVENT_TYPES', {
      default: [],
      doc: `The event types it handles, of ${handledTypes.join(', ')}; those of others are passed over. Empty: all, and unknown types are dead letters`,
    }),
    concurrency: int('CONCURRENCY', {
      default: 3,
      min: 1,
      max: 64,
      doc: 'Partitions handled at the same time, each with a database connection',
    }),
    retryAttempts: int('RETRY_ATTEMPTS', {
      default: 3,
      min: 1,
      max: 100,
      doc: 'Tries of an event before it becomes a dead letter',
    }),
    retryInitialDelayMs: duration('RETRY_INITIAL_DELAY_MS', {
      default: 1_000,
      min: 1,
      doc: 'Pause before the second try; it doubles for each further one',
    }),
    retryMaxDelayMs: duration('RETRY_MAX_DELAY_MS', {
      default: 60_000,
      min: 1,
      doc: 'Longest pause between two tries',
    }),
    retentionDays: int('INBOX_RETENTION_DAYS', {
      default: 30,
      min: 1,
      max: 3_650,
      doc: 'How long processed events are remembered; must exceed the retention of the topic',
    }),
  },
  checkKafka,
  checkEventTypes,
)

export type ProcessorConfig = ConfigOf<typeof config>

function checkEventTypes(env: Environment): string[] {
  const types = (env.EVENT_TYPES ?? '').split(',').map((type) => type.trim())
  const unknown = types.filter((type) => type !== '' && !handledTypes.includes(type))
  if (unknown.length === 0) return []
  return [
    `EVENT_TYPES must be of ${handledTypes.join(', ')}, not ${unknown.map((type) => `"${type}"`).join(', ')}`,
  ]
}
