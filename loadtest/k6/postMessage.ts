import exec from 'k6/execution'
import http, { type RefinedResponse } from 'k6/http'
import { Counter, Rate } from 'k6/metrics'
import { postMessage as request } from '../../systems/requests/messages.ts'
import { classify } from './classify.ts'
import { environment, requestHeaders } from './environment.ts'
import { keepLine } from './keepLine.ts'

const wrongAnswers = new Counter('relevo_wrong_answers')
const repeatedIds = new Counter('relevo_repeated_ids')
const unknownOutcomes = new Counter('relevo_unknown_outcomes')
const sentAtOnce = new Rate('relevo_sent_at_once')

const parameters = {
  headers: requestHeaders,
  timeout: '15s',
  tags: { name: `POST ${request.path}` },
}

/** A request of k6's batch: POST /messages with a content that no other request has. */
export function messageRequest(n = 0): {
  method: 'POST'
  url: string
  body: string
  params: typeof parameters
} {
  const { idInTest } = exec.vu
  const content = `${environment.contentPrefix}${idInTest}-${exec.vu.iterationInInstance}-${n}`
  const body = JSON.stringify(request.body(content, {}))
  return { method: 'POST', url: `${environment.baseUrl}${request.path}`, body, params: parameters }
}

/** Posts a message and writes the outcome to the ledger. */
export function postMessage(): void {
  const { url, body, params } = messageRequest()
  recordAnswer(body, http.post(url, body, params))
}

const seen = new Set<number>()

/** Writes the outcome of a request to the ledger, and counts what is wrong about the answer. */
export function recordAnswer(body: string, response: RefinedResponse<'text'>): void {
  const { content } = JSON.parse(body) as { content: string }
  const { line, wrong, delivered } = classify(request, content, response)
  keepLine(line)
  wrongAnswers.add(wrong ? 1 : 0)
  unknownOutcomes.add(line.outcome === 'unknown' ? 1 : 0)
  if (line.id === undefined) return
  sentAtOnce.add(delivered)
  // Each virtual user sees its own; the check of contents afterwards sees them all.
  repeatedIds.add(seen.has(line.id) ? 1 : 0)
  seen.add(line.id)
}
