/** What became of one request through the gateway. */
export interface EdgeAnswer {
  /** When it was sent, in milliseconds since 1970, and how long it took. */
  readonly at: number
  readonly ms: number
  readonly path: string
  /** 0: the connection broke, or was never made; `reason` says how. */
  readonly status: number
  readonly reason?: string
}

export interface EdgeSummary {
  readonly sent: number
  readonly dropped: number
  readonly answered: number
  /** The first requests that were not answered 200. */
  readonly failures: readonly EdgeAnswer[]
  readonly failed: number
  /** Of failures, those whose connection broke before the answer was there. */
  readonly cut: number
  /** Ids of the keys whose tokens were let in, in the order in which they came. */
  readonly keyIds: readonly string[]
  readonly p50Ms: number
  readonly p99Ms: number
}

const mostFailures = 1_000
/** The connection was there and broke; a client sends such a request again, where it may. */
const cutReasons: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

export function summarizeEdge(
  answers: readonly EdgeAnswer[],
  dropped: number,
  keyIds: readonly string[],
): EdgeSummary {
  const failures = answers.filter(({ status }) => status !== 200)
  const times = answers.map(({ ms }) => ms).sort((a, b) => a - b)
  const percentile = (p: number) => times[Math.max(0, Math.ceil(p * times.length) - 1)] ?? 0
  return {
    sent: answers.length,
    dropped,
    answered: answers.length - failures.length,
    failures: failures.slice(0, mostFailures),
    failed: failures.length,
    cut: failures.filter(({ status, reason = '' }) => status === 0 && cutReasons.has(reason)).length,
    keyIds,
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
  }
}

/** The id of the key that a token was signed with; undefined: it is no token. */
export function keyIdOf(token: string): string | undefined {
  try {
    const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as unknown
    const { kid } = (header ?? {}) as { kid?: unknown }
    return typeof kid === 'string' ? kid : undefined
  } catch {
    return undefined
  }
}
