import { type Classified, classifyAnswer, classifyFailure, parseBody } from '../../proof/classifyAnswer.ts'
import type { ApiRequest } from '../../systems/request.ts'

/** What of an answer of k6 tells the outcome. */
export interface K6Answer {
  readonly status: number
  readonly body: string | ArrayBuffer | null
  /** k6's number for what went wrong, 0 if nothing did. */
  readonly error_code: number
}

/** The name is not known, or the connection was refused or not made in time: the request never left. */
const neverSent = [1101, 1110, 1111, 1211, 1212, 1213]

/** What an answer, or its absence, says about a request's event. */
export function classify(request: ApiRequest, content: string, answer: K6Answer): Classified {
  const event = request.event(content)
  const { status, error_code: code } = answer
  if (status === 0) return classifyFailure(event, neverSent.includes(code), `k6 ${code}`)
  return classifyAnswer(request, event, { status, body: parseBody(String(answer.body)) })
}
