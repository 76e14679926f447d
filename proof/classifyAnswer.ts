// Also runs in k6: no imports of packages.
import type { ApiRequest, Body } from '../systems/request.ts'
import type { LedgerLine } from './ledgerLine.ts'

/** An answer; without a body when it is no JSON object. */
export interface Answer {
  readonly status: number
  readonly body?: Body | undefined
}

/** What is known of the event of a request. */
export interface Classified {
  readonly line: LedgerLine
  /** The answer is not what the contract says. */
  readonly wrong: boolean
  /** The answer says that Kafka has the event. */
  readonly delivered: boolean
}

/** What an answer tells: accepted and named is acknowledged, 5xx is unknown, all else is refused. */
export function classifyAnswer(request: ApiRequest, event: string, { status, body }: Answer): Classified {
  const content = event
  if (!request.accepted.includes(status)) {
    const outcome = status >= 500 ? 'unknown' : 'refused'
    return { line: { outcome, content, why: String(status) }, wrong: status < 500, delivered: false }
  }
  const receipt = body && request.receipt(body)
  if (!receipt) return { line: { outcome: 'unknown', content, why: 'body' }, wrong: true, delivered: false }
  const { id, content: chosen = content, delivered = false } = receipt
  return {
    line: { outcome: 'ack', ...(id !== undefined && { id }), content: chosen },
    wrong: false,
    delivered,
  }
}

/** What it tells that there is no answer: a request that never left is refused, of any other nobody knows. */
export function classifyFailure(event: string, neverSent: boolean, why: string): Classified {
  const outcome = neverSent ? 'refused' : 'unknown'
  return { line: { outcome, content: event, why }, wrong: false, delivered: false }
}

/** The object in a JSON text. */
export function parseBody(text: string): Body | undefined {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null ? (body as Body) : undefined
  } catch {
    return undefined
  }
}
