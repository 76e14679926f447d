import type { TopicContract } from './topicContract.ts'

const dayMs = 86_400_000
/** A content of 256 KiB of control characters takes six bytes for each in JSON: 1.5 MiB, and some for the headers. */
const maxMessageBytes = 2 * 1024 * 1024

/** The Kafka topics by the names that code uses. */
export const topics = {
  messages: {
    name: 'messages',
    summary: 'Messages that were created',
    partitions: 6,
    retentionMs: 7 * dayMs,
    maxMessageBytes,
  },
  messagesDeadLetters: {
    name: 'messages.dlt',
    summary: 'Records of `messages` that a consumer gave up, with the reason in their headers',
    partitions: 1,
    retentionMs: 30 * dayMs,
    maxMessageBytes,
  },
  commissions: {
    name: 'commissions',
    summary: 'What happens to commissions; those of one commission are in order',
    partitions: 6,
    retentionMs: 7 * dayMs,
    maxMessageBytes: 64 * 1024,
  },
  commissionsDeadLetters: {
    name: 'commissions.dlt',
    summary: 'Records of `commissions` that a consumer gave up, with the reason in their headers',
    partitions: 1,
    retentionMs: 30 * dayMs,
    maxMessageBytes: 128 * 1024,
  },
} as const satisfies Record<string, TopicContract>
