/** The codes of {@link KafkaError}. */
export const kafkaErrorCodes = [
  'unreachable', // no broker answered, or the connection broke: the outcome is unknown
  'timeout', // no answer in time: the outcome is unknown
  'leaderUnavailable', // the partition or the group has no leader that could be found in time
  'notEnoughReplicas', // fewer in-sync replicas than min.insync.replicas
  'otherCluster', // a broker is of another cluster than the one that is expected
  'unauthenticated', // credentials or cluster permission refused
  'unknownTopic',
  'invalidTopic',
  'unauthorizedTopic',
  'recordTooLarge',
  'invalidRecord',
  'wrongTime', // the record's time is too far from the broker's: one of the two clocks is wrong
  'groupInUse', // the group has members; stop them first
  'unsupported', // the brokers are too old
  'refused', // any other answer of the broker; `brokerCode` has its number
  'closed', // used after close()
  'failed', // the client failed by itself; `cause` has the reason
] as const

export type KafkaErrorCode = (typeof kafkaErrorCodes)[number]

/**
 * The scope of an error, which says who has to wait: `record`, that record can never be accepted; `topic` or `partition`, Kafka
 * named it in an answer, and everything else continues; `cluster`, nothing is known about single records.
 */
export type KafkaErrorScope = 'record' | 'topic' | 'partition' | 'cluster'

/** Why one record of a `send` was not acknowledged. */
export interface RecordError {
  /** Index of the record in the `send`. */
  readonly index: number
  readonly code: KafkaErrorCode
  readonly scope: KafkaErrorScope
  readonly topic: string
  /** -1 if the topic's partitions are not known. */
  readonly partition: number
  readonly brokerCode: number | undefined
  readonly message: string
}

interface Details {
  /** Default: the code's usual scope. */
  readonly scope?: KafkaErrorScope | undefined
  readonly topic?: string | undefined
  /** Kafka's error number, if a broker answered with one. */
  readonly brokerCode?: number | undefined
  readonly failed?: readonly number[] | undefined
  readonly errors?: readonly RecordError[] | undefined
  readonly cause?: unknown
}

const scopes: Readonly<Record<KafkaErrorCode, KafkaErrorScope>> = {
  unreachable: 'cluster',
  timeout: 'cluster',
  leaderUnavailable: 'partition',
  notEnoughReplicas: 'partition',
  otherCluster: 'cluster',
  unauthenticated: 'cluster',
  unknownTopic: 'topic',
  invalidTopic: 'record', // such a topic can never exist
  unauthorizedTopic: 'topic',
  recordTooLarge: 'record',
  invalidRecord: 'record',
  wrongTime: 'cluster', // of the sender's clock, not of a record
  groupInUse: 'cluster',
  unsupported: 'cluster',
  refused: 'cluster',
  closed: 'cluster',
  failed: 'cluster',
}

const retryables: ReadonlySet<KafkaErrorCode> = new Set([
  'unreachable',
  'timeout',
  'leaderUnavailable',
  'notEnoughReplicas',
  'unauthenticated',
  'wrongTime',
  'refused',
  'failed',
])

/** A failure at the brokers or on the way to them. Branch on `code`, `retryable` and `scope`. */
export class KafkaError extends Error {
  readonly code: KafkaErrorCode
  /** The same request may soon succeed unchanged. */
  readonly retryable: boolean
  /** For a `send`: the narrowest scope among its `errors`. */
  readonly scope: KafkaErrorScope
  readonly topic: string | undefined
  readonly brokerCode: number | undefined
  /** Indexes of the records that were not acknowledged, ascending; undefined if not known. */
  readonly failed: readonly number[] | undefined
  /**
   * The reasons, by ascending index. A failed record without an error waits in its partition behind a rejected one; without any
   * errors the scope is `cluster`, and nothing was sent.
   */
  readonly errors: readonly RecordError[]

  constructor(code: KafkaErrorCode, message: string, details: Details = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'KafkaError'
    this.code = code
    this.scope = details.scope ?? scopes[code]
    this.retryable = retryables.has(code)
    this.topic = details.topic
    this.brokerCode = details.brokerCode
    this.failed = details.failed
    this.errors = details.errors ?? []
  }
}
