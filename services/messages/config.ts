import {
  bytes,
  type ConfigOf,
  checkKafka,
  databaseVariables,
  defineConfig,
  duration,
  httpVariables,
  oneOf,
  processVariables,
} from '@relevo/kit'
import { messagesTopic } from '../../systems/messages.ts'
import { checkRedis, redisVariables } from './cache/redisVariables.ts'

/** JSON writes a control character as six bytes, and Kafka's limit is for the record with its headers. */
const maxContentBytes = Math.floor((messagesTopic.maxMessageBytes - 16_384) / 6)

/** What the messages API can be set to. */
export const config = defineConfig(
  {
    ...processVariables,
    ...httpVariables(3000),
    ...databaseVariables,
    ackWaitMs: duration('ACK_WAIT_MS', {
      default: 1_000,
      max: 25_000,
      doc: 'How long a POST waits to learn whether Kafka has the event; 0: not at all',
    }),
    messageMaxBytes: bytes('MESSAGE_MAX_BYTES', {
      default: 262_144,
      min: 1,
      max: maxContentBytes,
      doc: 'Largest content of a message, in UTF-8',
    }),
    partitionBy: oneOf('PARTITION_BY', ['key', 'type'], {
      default: 'key',
      doc: "What determines an event's Kafka partition: its key, or its type (all events of a type then share one partition, in order)",
    }),
    ...redisVariables,
  },
  checkKafka,
  checkRedis,
)

export type MessagesConfig = ConfigOf<typeof config>
