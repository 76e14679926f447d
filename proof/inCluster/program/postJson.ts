const timeoutMs = 15_000
/** The connection was never made, so the request never left. */
const neverSent = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT']

/** An answer; `body` is undefined when it is no JSON. */
export interface Answer {
  status: number
  body: Record<string, unknown> | undefined
}

/** Posts JSON. Errors: those of fetch, see {@link failureOf}. */
export async function postJson(url: URL, body: object): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  })
  return { status: response.status, body: parse(await response.text()) }
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const body = JSON.parse(text)
    return typeof body === 'object' && body !== null ? body : undefined
  } catch {
    return undefined
  }
}

/** What a request without an answer tells of what it asked for. */
export function failureOf(error: unknown): { outcome: 'refused' | 'unknown'; why: string } {
  const { name, cause } = error as { name?: string; cause?: { code?: string } }
  const why = cause?.code ?? name ?? 'unknown error'
  return { outcome: neverSent.includes(why) ? 'refused' : 'unknown', why }
}

/** What an answer without success tells of what was asked for; undefined: it has the status `expected`. */
export function refusalOf(
  status: number,
  expected: readonly number[],
): { outcome: 'refused' | 'unknown'; why: string } | undefined {
  if (expected.includes(status)) return undefined
  return { outcome: status >= 500 ? 'unknown' : 'refused', why: String(status) }
}
