import type { LedgerLine } from '../../loadtest/proof/ledgerLine.ts'

const timeoutMs = 15_000
/** The connection was never made, so the request never left. */
const neverSent = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT']

/** What is known of the event of a request. */
export interface PostOutcome {
  line: LedgerLine
  /** The answer says that Kafka has it (estado E). */
  delivered: boolean
}

/** Posts a message. */
export async function postMessage(baseUrl: string, content: string): Promise<PostOutcome> {
  try {
    const response = await fetch(new URL('/messages', baseUrl), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ content }),
      signal: AbortSignal.timeout(timeoutMs),
    })
    return outcomeOf(content, response.status, await response.text())
  } catch (error) {
    return { line: failureOf(content, error), delivered: false }
  }
}

/** What an answer tells of the event. */
export function outcomeOf(content: string, status: number, body: string): PostOutcome {
  const unknown = (why: string): PostOutcome => ({
    line: { outcome: 'unknown', content, why },
    delivered: false,
  })
  if (status >= 500) return unknown(String(status))
  if (status !== 201 && status !== 202)
    return { line: { outcome: 'refused', content, why: String(status) }, delivered: false }
  try {
    const { evento_id: id, estado } = JSON.parse(body) as { evento_id?: unknown; estado?: unknown }
    if (typeof id === 'number') return { line: { outcome: 'ack', id, content }, delivered: estado === 'E' }
  } catch {
    // Below.
  }
  return unknown('an answer that is none')
}

/** What a request without an answer tells of the event. */
export function failureOf(content: string, error: unknown): LedgerLine {
  const { name, cause } = error as { name?: string; cause?: { code?: string } }
  const why = cause?.code ?? name ?? 'unknown error'
  return { outcome: neverSent.includes(why) ? 'refused' : 'unknown', content, why }
}
