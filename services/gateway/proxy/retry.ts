/** Nothing of the request has been sent: there was no connection. */
const notSentCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** The connection broke before the answer began. */
const brokenCodes: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

export const mostAttempts = 3

/** What can be told of a request whose answer did not come. */
export interface Attempt {
  readonly method: string
  readonly hasIdempotencyKey: boolean
  /** 1 for the first. */
  readonly attempt: number
  /** Code of the error. */
  readonly code: string | undefined
}

/**
 * May it be sent again? A request that never left, always; after a broken connection only one that takes effect once however often it
 * is sent. One that is not answered in time is not: the client has waited long enough, and the service is busy.
 */
export function isRepeatable({ method, hasIdempotencyKey, attempt, code }: Attempt): boolean {
  if (code === undefined || attempt >= mostAttempts) return false
  if (notSentCodes.has(code)) return true
  const isSafe = method === 'GET' || method === 'HEAD' || (method === 'POST' && hasIdempotencyKey)
  return isSafe && brokenCodes.has(code)
}

/** Retries are a share of the requests, so that they do not multiply what a service in trouble is sent. */
export class RetryBudget {
  readonly #perRequest: number
  readonly #most: number
  #left: number

  constructor(perRequest = 0.1, most = 10) {
    this.#perRequest = perRequest
    this.#most = most
    this.#left = most
  }

  /** A first attempt adds to what is left. */
  noteRequest(): void {
    this.#left = Math.min(this.#most, this.#left + this.#perRequest)
  }

  /** Takes one retry, where one is left. */
  take(): boolean {
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }
}

/** The code of an error, or of what it was caused by. */
export function codeOf(error: unknown): string | undefined {
  for (let e: unknown = error; e instanceof Error; e = e.cause)
    if ('code' in e && typeof e.code === 'string') return e.code
  return undefined
}
