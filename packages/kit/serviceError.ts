/** Why a service could not start, migrate or answer; with the HTTP status that a client is answered with. */
export const serviceErrorCodes = {
  /** Variables of the environment are missing or wrong; `problems` lists all of them. */
  invalidConfig: 500,
  /** A migration file has a bad name, a number twice, or a number below one that is applied. */
  migrationInvalid: 500,
  /** A migration file was changed after it was applied. */
  migrationChanged: 500,
  /** Another migration did not end in time. */
  migrationLocked: 500,
  /** A migration's SQL failed; it was rolled back. */
  migrationFailed: 500,
  /** Postgres or Kafka has refused the credentials for as long as CREDENTIALS_REFUSED_MS says. */
  credentialsRefused: 500,
  /** A statement of the transaction had failed, so its commit was a rollback. */
  rolledBack: 500,
  /** From here on: what a request is answered with. The first group is thrown by this package itself. */
  badRequest: 400,
  invalidJson: 400,
  /** The request is not an operator's, or of a foreign web page. */
  unauthenticated: 401,
  forbidden: 403,
  unknownPath: 404,
  methodNotAllowed: 405,
  /** The first request with the Idempotency-Key is under way. */
  keyInUse: 409,
  bodyTooLarge: 413,
  unsupportedMediaType: 415,
  /** The Idempotency-Key came with another request. */
  keyReused: 422,
  internal: 500,
  /** A server that is needed cannot be reached just now. */
  unavailable: 503,
  /** A server that is asked on behalf of the client does not answer in time. */
  timeout: 504,
  /** The second group is for services, which say in the message what is wrong, in their clients' language. */
  invalidRequest: 400,
  notFound: 404,
  conflict: 409,
  /** What the client has seen was changed since. */
  preconditionFailed: 412,
  payloadTooLarge: 413,
  /** It is as the endpoint says, and all the same not what can be taken. */
  unprocessable: 422,
  /** The client does not say which version it changes. */
  preconditionRequired: 428,
  /** Too much is asked for at once or by one client; `retry-after` tells when again. */
  tooManyRequests: 429,
} as const

export type ServiceErrorCode = keyof typeof serviceErrorCodes

const retryableCodes: ReadonlySet<ServiceErrorCode> = new Set([
  'unavailable',
  'migrationLocked',
  'keyInUse',
  'tooManyRequests',
  'timeout',
])

interface Facts {
  cause?: unknown
  problems?: readonly string[]
  /** Response headers that go with it, for example `allow`. */
  headers?: Readonly<Record<string, string>>
}

/** The error of this package. Its message may be shown to a client when the status is below 500. */
export class ServiceError extends Error {
  readonly code: ServiceErrorCode
  readonly status: number
  readonly retryable: boolean
  readonly problems: readonly string[]
  readonly headers: Readonly<Record<string, string>>

  constructor(code: ServiceErrorCode, message: string, facts: Facts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.name = 'ServiceError'
    this.code = code
    this.status = serviceErrorCodes[code]
    this.retryable = retryableCodes.has(code)
    this.problems = facts.problems ?? []
    this.headers = facts.headers ?? {}
  }
}
