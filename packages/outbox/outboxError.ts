/** Why an event was not recorded. */
export const outboxErrorCodes = {
  /** The event is malformed: a field is missing, empty or of the wrong type. */
  invalidEvent: 'invalidEvent',
  /** The event contains a value that Postgres or JSON would reject or alter: U+0000, a lone surrogate, NaN. */
  unstorable: 'unstorable',
  /** The event is larger than this outbox, and Kafka, accept. */
  tooLarge: 'tooLarge',
  /** The schema `outbox` is missing from this database, or older than this code. */
  notMigrated: 'notMigrated',
  /** The client is not in an open transaction: the event would be recorded even if the change is rolled back. */
  noTransaction: 'noTransaction',
} as const

export type OutboxErrorCode = (typeof outboxErrorCodes)[keyof typeof outboxErrorCodes]

/** An event could not be recorded. None of these errors is retriable. */
export class OutboxError extends Error {
  readonly code: OutboxErrorCode
  readonly retryable = false

  constructor(code: OutboxErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'OutboxError'
    this.code = code
  }
}
