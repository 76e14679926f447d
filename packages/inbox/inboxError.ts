/** The codes of {@link InboxError}. */
export const inboxErrorCodes = [
  'rejected', // thrown by a handler: the event can never take effect; it becomes a dead letter at once
  'handlerFailed', // a handler failed; `cause` has its error
  'abandoned', // stopped, or the partition belongs to another consumer: the records are delivered again
] as const

export type InboxErrorCode = (typeof inboxErrorCodes)[number]

/** What the inbox throws, and what a handler throws to reject an event for good. */
export class InboxError extends Error {
  readonly code: InboxErrorCode
  readonly retryable: boolean

  constructor(code: InboxErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.name = 'InboxError'
    this.code = code
    this.retryable = code !== 'rejected'
  }
}

const maxErrorLength = 2_000

/** What is stored of an error: its name, message and SQLSTATE; no stack and no detail, which may show values. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return storable(String(error))
  const { code } = error as { code?: unknown }
  return storable(`${error.name}${code === undefined ? '' : ` [${String(code)}]`}: ${error.message}`)
}

/** At most 2,000 characters that Postgres can store as text. */
export function storable(text: string): string {
  return withoutNul(text.slice(0, maxErrorLength))
}

/** The whole text as Postgres can store it: without NUL and lone surrogates. */
export function withoutNul(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed()
}
