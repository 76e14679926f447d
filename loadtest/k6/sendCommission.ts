import exec from 'k6/execution'
import http from 'k6/http'
import { Counter } from 'k6/metrics'
import { type Classified, parseBody } from '../../proof/classifyAnswer.ts'
import type { ApiRequest, Body } from '../../systems/request.ts'
import { approveCommission, calculateCommission } from '../../systems/requests/commissions.ts'
import { classify } from './classify.ts'
import { environment, requestHeaders } from './environment.ts'
import { keepLine } from './keepLine.ts'

const wrongAnswers = new Counter('relevo_wrong_answers')
const unknownOutcomes = new Counter('relevo_unknown_outcomes')

/** Of so many conversions one is sent again. */
const repeatEvery = 10

interface Step extends Classified {
  readonly body: Body
}

/**
 * Has the commission of a new conversion calculated and approved, reads it, and writes the outcomes of both events to the
 * ledger. Some calculations are sent again and must have the same answer.
 */
export function sendCommission(): void {
  const conversionId = `${environment.contentPrefix}${exec.vu.idInTest}-${exec.vu.iterationInInstance}`
  const calculated = keep(take(calculateCommission, conversionId))
  if (calculated.line.outcome !== 'ack') return
  if (exec.scenario.iterationInTest % repeatEvery === 0) repeat(conversionId, calculated)
  const approved = keep(take(approveCommission, conversionId, calculated.body))
  if (approved.line.outcome === 'ack') readApproved(conversionId)
}

function take(request: ApiRequest, conversionId: string, earlier: Body = {}): Step {
  const body = JSON.stringify(request.body(conversionId, earlier))
  const response = http.post(`${environment.baseUrl}${request.path}`, body, {
    headers: requestHeaders,
    timeout: '15s',
    tags: { name: `POST ${request.path}` },
  })
  return { ...classify(request, conversionId, response), body: parseBody(String(response.body)) ?? {} }
}

function keep(step: Step): Step {
  keepLine(step.line)
  wrongAnswers.add(step.wrong ? 1 : 0)
  unknownOutcomes.add(step.line.outcome === 'unknown' ? 1 : 0)
  return step
}

function repeat(conversionId: string, first: Step): void {
  const again = take(calculateCommission, conversionId)
  if (again.line.outcome === 'ack')
    wrongAnswers.add(again.body.commissionId === first.body.commissionId ? 0 : 1)
  else wrongAnswers.add(again.wrong ? 1 : 0)
}

function readApproved(conversionId: string): void {
  const response = http.get(`${environment.baseUrl}/commissions/by-conversion/${conversionId}`, {
    headers: requestHeaders,
    timeout: '15s',
    tags: { name: 'GET /commissions/by-conversion' },
  })
  if (response.status === 0 || response.status >= 500) return
  wrongAnswers.add(response.status === 200 && response.json('status') === 'APPROVED' ? 0 : 1)
}
