/** The codes of {@link InboxError}. */
export const inboxErrorCodes = [
  'rejected', // thrown by a handler: the event can never take effect; it becomes a dead letter at once
  'unavailable', // thrown by a handler: what it depends on is away, whatever the event; no attempt is counted
  'handlerFailed', // a handler failed; `cause` has its error
  'transactionLost', // the transaction broke while handlers ran; `cause` says how
  'unstorable', // the database rejects the record itself
  'databaseBehind', // it has taken less than the group has committed; `cause` is where it goes on
  'abandoned', // stopped, or the partition belongs to another consumer: the records are delivered again
] as const

export type InboxErrorCode = (typeof inboxErrorCodes)[number]

interface Details {
  readonly cause?: unknown
  /** With `unavailable`: do not retry earlier than this, in milliseconds; limited to an hour. */
  readonly retryAfterMs?: number | undefined
}

/** Thrown by the inbox, and by handlers to reject an event permanently or to make it wait. */
export class InboxError extends Error {
  readonly code: InboxErrorCode
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined

  constructor(code: InboxErrorCode, message: string, { cause, retryAfterMs }: Details = {}) {
    super(message, { cause })
    this.name = 'InboxError'
    this.code = code
    this.retryable = code !== 'rejected'
    this.retryAfterMs = retryAfterMs
  }
}

const maxErrorLength = 2_000
const maxCauses = 5

/**
 * The stored text of an error and its causes: names, messages and codes; no stack and no detail, which may contain values.
 */
export function describeError(error: unknown): string {
  return storable(chain(error).map(describeOne).join('; cause: '))
}

/** The same for the inbox's own error, without its name. */
export function describeInboxError(error: InboxError): string {
  const causes = error.code === 'handlerFailed' ? [] : chain(error.cause) // its message has them
  return storable([error.message, ...causes.map(describeOne)].join('; cause: '))
}

function chain(error: unknown): unknown[] {
  const errors: unknown[] = []
  for (let next = error; next !== undefined && errors.length < maxCauses; ) {
    errors.push(next)
    next = next instanceof AggregateError ? (next.errors[0] as unknown) : (next as Error | null)?.cause
  }
  return errors
}

function describeOne(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code } = error as { code?: unknown }
  return `${error.name}${code === undefined ? '' : ` [${String(code)}]`}: ${error.message}`
}

/** At most 2,000 characters that Postgres can store as text. */
export function storable(text: string): string {
  return withoutNul(text.slice(0, maxErrorLength))
}

/** The whole text without NUL and lone surrogates, which Postgres cannot store. */
export function withoutNul(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed()
}
