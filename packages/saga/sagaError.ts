/** The codes of {@link SagaError}. */
export const sagaErrorCodes = [
  'invalidDefinition', // a definition contradicts itself; the message says how to mend it
  'invalidInput', // what a saga is started or told with
  'unstorable', // its data are no JSON, or hold what Postgres does not store
  'unknownSaga', // no saga has that id
  'unsupportedVersion', // no definition here can go on with the saga
  'notUpgradable', // the newer definition lacks a step that the saga has taken
  'changedMeanwhile', // somebody wrote the saga without its lock
] as const

export type SagaErrorCode = (typeof sagaErrorCodes)[number]

/** The error of this package. */
export class SagaError extends Error {
  readonly code: SagaErrorCode
  readonly retryable: boolean

  constructor(code: SagaErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SagaError'
    this.code = code
    this.retryable = code === 'changedMeanwhile'
  }
}
