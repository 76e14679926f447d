/**
 * SQLSTATE of a server that is starting, stopping, full, read-only or too slow, or of a transaction to be repeated; and of
 * one that does not admit this service (28...: its role or its password, which may just be changed; 3D000: its database). 42501
 * is no such state: a right that is missing is a fault of this service.
 */
const unavailableStates = /^(08...|57P0[1-5]|57014|53...|25006|40001|40P01|28...|3D000)$/
const systemCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
])

/** Does this error of pg mean that the database cannot be used just now, so that the same may succeed later? */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isUnavailable)
  if (!(error instanceof Error)) return false
  if (!('code' in error)) return isLostConnection(error)
  const code = String(error.code)
  return systemCodes.has(code) || unavailableStates.test(code)
}

/** Does this error of pg mean that the server knows no such role or refuses its password? */
export function isRefused(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^28...$/.test(String(error.code))
}

/** pg gives these no code; they are the texts of pg 8's client.js, connection.js and pg-pool. */
const lostConnection = [
  'Connection terminated',
  'Client has encountered a connection error and is not queryable',
  'timeout expired',
  'timeout exceeded when trying to connect',
  'Query read timeout',
]

function isLostConnection(error: Error): boolean {
  return lostConnection.some((text) => error.message.startsWith(text))
}
