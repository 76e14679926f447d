import type { LedgerLine } from '../../loadtest/proof/ledgerLine.ts'

const timeoutMs = 15_000
/** The connection was never made, so the request never left. */
const neverSent = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT']

/** Posts a message. @returns what is known of its event. */
export async function postMessage(baseUrl: string, content: string): Promise<LedgerLine> {
  try {
    const response = await fetch(new URL('/messages', baseUrl), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ content }),
      signal: AbortSignal.timeout(timeoutMs),
    })
    return outcomeOf(content, response.status, await response.text())
  } catch (error) {
    return failureOf(content, error)
  }
}

/** What an answer tells of the event. */
export function outcomeOf(content: string, status: number, body: string): LedgerLine {
  if (status >= 500) return { outcome: 'unknown', content, why: String(status) }
  if (status !== 201 && status !== 202) return { outcome: 'refused', content, why: String(status) }
  try {
    const id = (JSON.parse(body) as { evento_id?: unknown }).evento_id
    if (typeof id === 'number') return { outcome: 'ack', id, content }
  } catch {
    // Below.
  }
  return { outcome: 'unknown', content, why: 'an answer that is none' }
}

/** What a request without an answer tells of the event. */
export function failureOf(content: string, error: unknown): LedgerLine {
  const { name, cause } = error as { name?: string; cause?: { code?: string } }
  const why = cause?.code ?? name ?? 'unknown error'
  return { outcome: neverSent.includes(why) ? 'refused' : 'unknown', content, why }
}
