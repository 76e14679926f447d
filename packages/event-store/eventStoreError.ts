import { errorLayers } from '@relevo/outbox'

/** The codes of {@link EventStoreError}. */
export const eventStoreErrorCodes = [
  'invalidEvent', // a field is missing, empty, too long or of the wrong type
  'unstorable', // it holds what would not be stored as it is: U+0000, a lone surrogate, NaN
  'tooLarge', // its data and metadata are larger than the store takes
  'duplicateEventId', // an event with this id is stored already
  'invalidAggregate', // an aggregate, projection or upcaster is not well formed
  'unknownEvent', // an inline projection does not know an event of its categories: it can be neither applied nor skipped
  'notRebuildable', // the projection is not defined in this database, or its table has what a second one would not
  'foreignCheckpoint', // the checkpoints were made in another Postgres cluster, so their snapshots mean nothing here
  'tooManyBlocked', // more streams of a subscription wait than it can keep in mind
  'statementIgnored', // `apply` ignored the failure of a statement, so that its transaction was rolled back
  'notMigrated', // the schema `event_store` is missing in this database, or older than this code
] as const

export type EventStoreErrorCode = (typeof eventStoreErrorCodes)[number]

/** Thrown by the event store. None of these errors is retriable. */
export class EventStoreError extends Error {
  readonly code: EventStoreErrorCode
  readonly retryable = false

  constructor(code: EventStoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'EventStoreError'
    this.code = code
  }
}

/** Errors that Postgres raises for this package's statements. Null: the error's own message. */
const meanings: Readonly<Record<string, readonly [EventStoreErrorCode, string | null]>> = {
  ES001: ['notRebuildable', null],
  ES002: ['notRebuildable', null],
  '3F000': ['notMigrated', 'This database has no schema "event_store". Run the migrations first.'],
  '42883': ['notMigrated', 'The schema "event_store" is older than this code. Run the migrations first.'],
  '42P01': ['notMigrated', 'The schema "event_store" is older than this code. Run the migrations first.'],
  '23505': ['duplicateEventId', 'An event with this id is stored already. Give each event an id of its own.'],
}

/** Converts a client's error to the EventStoreError that it means; returns any other error as it is. */
export function explainError(error: unknown): unknown {
  for (const { code, message } of errorLayers(error)) {
    const meaning = meanings[code]
    if (meaning) return new EventStoreError(meaning[0], meaning[1] ?? message, { cause: error })
  }
  return error
}
