/** Why an embedded server could not be started or stopped. */
export const embeddedErrorCodes = [
  'platform_unsupported',
  'port_taken',
  'directory_in_use',
  'directory_unreachable',
  'postgres_user_missing',
  'java_missing',
  'java_unsupported',
  'maven_missing',
  'valkey_missing',
  'fetch_failed',
  'start_failed',
] as const

export type EmbeddedErrorCode = (typeof embeddedErrorCodes)[number]

/** The one error this package throws: `message` says what to do next, `code` is what to branch on. */
export class EmbeddedError extends Error {
  readonly code: EmbeddedErrorCode

  constructor(code: EmbeddedErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'EmbeddedError'
    this.code = code
  }
}
