/** SQLSTATE of a server that is starting, stopping, full, read-only or too slow, or of a transaction to be repeated. */
const unavailableStates = /^(08...|57P0[1-5]|57014|53...|25006|40001|40P01)$/
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
