import type { LedgerLine } from '../proof/ledgerLine.ts'

/** What of an answer of k6 tells the outcome. */
export interface Answer {
  status: number
  body: string | ArrayBuffer | null
  /** k6's number for what went wrong, 0 if nothing did. */
  error_code: number
}

export interface Classified {
  /** Undefined when the answer fits no outcome. */
  line?: LedgerLine
  /** Not what the contract says. */
  wrong: boolean
  /** The event was in Kafka by the time of the answer. */
  sent: boolean
}

/** The name is not known, or the connection was refused or not made in time: the request never left. */
const neverSent = [1101, 1110, 1111, 1211, 1212, 1213]
const states = ['E', 'X', 'P']

/** Tells what is known of the event of a POST /messages from its answer. */
export function classifyAnswer(content: string, { status, body, error_code: code }: Answer): Classified {
  if (status === 0) {
    const outcome = neverSent.includes(code) ? 'refused' : 'unknown'
    return { line: { outcome, content, why: `k6 ${code}` }, wrong: false, sent: false }
  }
  if (status >= 500)
    return { line: { outcome: 'unknown', content, why: String(status) }, wrong: false, sent: false }
  if (status !== 201 && status !== 202)
    return { line: { outcome: 'refused', content, why: String(status) }, wrong: true, sent: false }
  const answer = parse(body)
  if (!answer) return { line: { outcome: 'unknown', content, why: 'body' }, wrong: true, sent: false }
  return {
    line: { outcome: 'ack', id: answer.evento_id, content },
    wrong: false,
    sent: answer.estado === 'E',
  }
}

function parse(body: string | ArrayBuffer | null): { evento_id: number; estado: string } | undefined {
  try {
    const { success, evento_id, estado } = JSON.parse(String(body))
    const valid = success === true && Number.isSafeInteger(evento_id) && states.includes(estado)
    return valid ? { evento_id, estado } : undefined
  } catch {
    return undefined
  }
}
