import type { LedgerLine } from '../../proof/ledgerLine.ts'

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
}

export interface ClassifiedMessage extends Classified {
  /** The event was in Kafka by the time of the answer. */
  sent: boolean
}

export interface ClassifiedStep extends Classified {
  commissionId?: string
}

/** The name is not known, or the connection was refused or not made in time: the request never left. */
const neverSent = [1101, 1110, 1111, 1211, 1212, 1213]
const states = ['E', 'X', 'P']
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Tells what is known of the event of a POST /messages from its answer. */
export function classifyAnswer(content: string, answer: Answer): ClassifiedMessage {
  const failed = classifyFailure(content, answer, [201, 202])
  if (failed) return { ...failed, sent: false }
  const { success, evento_id: id, estado } = parse(answer.body)
  const valid = success === true && Number.isSafeInteger(id) && states.includes(estado as string)
  if (!valid) return { ...wrongBody(content), sent: false }
  return { line: { outcome: 'ack', id: id as number, content }, wrong: false, sent: estado === 'E' }
}

/** Tells what is known of the event of a step of a commission, calculation or approval, from its answer. */
export function classifyStep(content: string, answer: Answer, expected: 201 | 200): ClassifiedStep {
  const failed = classifyFailure(content, answer, [expected])
  if (failed) return failed
  const { commissionId } = parse(answer.body)
  if (typeof commissionId !== 'string' || !uuid.test(commissionId)) return wrongBody(content)
  return { line: { outcome: 'ack', content }, wrong: false, commissionId }
}

function classifyFailure(
  content: string,
  { status, error_code: code }: Answer,
  expected: readonly number[],
): Classified | undefined {
  if (status === 0) {
    const outcome = neverSent.includes(code) ? 'refused' : 'unknown'
    return { line: { outcome, content, why: `k6 ${code}` }, wrong: false }
  }
  if (expected.includes(status)) return undefined
  const outcome = status >= 500 ? 'unknown' : 'refused'
  return { line: { outcome, content, why: String(status) }, wrong: status < 500 }
}

function wrongBody(content: string): Classified {
  return { line: { outcome: 'unknown', content, why: 'body' }, wrong: true }
}

function parse(body: Answer['body']): Record<string, unknown> {
  try {
    return JSON.parse(String(body)) ?? {}
  } catch {
    return {}
  }
}
