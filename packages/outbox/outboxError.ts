/** Why an event was not recorded. */
export const outboxErrorCodes = {
  /** The event is not well formed: a field is missing, empty or of the wrong type. */
  invalidEvent: 'invalidEvent',
  /** The event holds what would not be stored as it is: U+0000, a lone surrogate, NaN. */
  unstorable: 'unstorable',
  /** The event is larger than this outbox, and Kafka, take. */
  tooLarge: 'tooLarge',
  /** The schema `outbox` is missing in this database, or older than this code. */
  notMigrated: 'notMigrated',
  /** What was given is no open transaction, so that the event would be recorded whatever becomes of the change. */
  noTransaction: 'noTransaction',
} as const

export type OutboxErrorCode = (typeof outboxErrorCodes)[keyof typeof outboxErrorCodes]

/** An event could not be recorded. None of these is cured by trying again. */
export class OutboxError extends Error {
  readonly code: OutboxErrorCode
  readonly retryable = false

  constructor(code: OutboxErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'OutboxError'
    this.code = code
  }
}
