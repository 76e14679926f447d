/** The codes of {@link KafkaError}. */
export const kafkaErrorCodes = [
  'unreachable', // no broker answered, or the connection broke: the outcome is unknown
  'timeout', // no answer in time: the outcome is unknown
  'leaderUnavailable', // the partition has no leader that could be found in time
  'notEnoughReplicas', // fewer in-sync replicas than min.insync.replicas
  'unauthenticated', // credentials or cluster permission refused
  'unknownTopic',
  'invalidTopic',
  'unauthorizedTopic',
  'recordTooLarge',
  'invalidRecord',
  'refused', // any other answer of the broker; `brokerCode` has its number
  'closed', // used after close()
  'failed', // the client failed by itself; `cause` has the reason
] as const

export type KafkaErrorCode = (typeof kafkaErrorCodes)[number]

interface Details {
  readonly topic?: string | undefined
  /** Kafka's own error number, when a broker answered with one. */
  readonly brokerCode?: number | undefined
  readonly failed?: readonly number[] | undefined
  readonly refused?: readonly number[] | undefined
  readonly cause?: unknown
}

const recordFaults: ReadonlySet<KafkaErrorCode> = new Set([
  'unknownTopic',
  'invalidTopic',
  'unauthorizedTopic',
  'recordTooLarge',
  'invalidRecord',
])

const retryables: ReadonlySet<KafkaErrorCode> = new Set([
  'unreachable',
  'timeout',
  'leaderUnavailable',
  'notEnoughReplicas',
  'unauthenticated',
  'refused',
  'failed',
])

/** What went wrong at the brokers or on the way to them. Branch on `code`, `retryable` and `recordFault`. */
export class KafkaError extends Error {
  readonly code: KafkaErrorCode
  /** The same request may succeed later, as it is. */
  readonly retryable: boolean
  /** The broker refused records for themselves: `refused` says which, the others of `failed` are innocent. */
  readonly recordFault: boolean
  readonly topic: string | undefined
  readonly brokerCode: number | undefined
  /** Indexes of the records that were not acknowledged, ascending; undefined when that is not known. */
  readonly failed: readonly number[] | undefined
  /** Indexes of the records that were refused for themselves, ascending. */
  readonly refused: readonly number[]

  constructor(code: KafkaErrorCode, message: string, details: Details = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'KafkaError'
    this.code = code
    this.recordFault = recordFaults.has(code)
    this.retryable = retryables.has(code)
    this.topic = details.topic
    this.brokerCode = details.brokerCode
    this.failed = details.failed
    this.refused = details.refused ?? []
  }
}
