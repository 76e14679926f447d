import exec from 'k6/execution'
import http from 'k6/http'
import { Counter } from 'k6/metrics'
import { type ClassifiedStep, classifyStep } from './classifyAnswer.ts'
import { environment } from './environment.ts'
import { keepLine } from './keepLine.ts'

const wrongAnswers = new Counter('relevo_wrong_answers')
const unknownOutcomes = new Counter('relevo_unknown_outcomes')

/** Of so many conversions one is sent again. */
const repeatEvery = 10

interface Step {
  name: string
  body: object
  expected: 201 | 200
}

/**
 * Has the commission of a new conversion calculated and approved, reads it, and writes the outcomes of both events to the
 * ledger. Some calculations are sent again and must have the same answer.
 */
export function sendCommission(): void {
  const conversionId = `${environment.contentPrefix}${exec.vu.idInTest}-${exec.vu.iterationInInstance}`
  const calculation: Step = {
    name: 'calculate',
    body: { conversionId, affiliateId: 'load', campaignId: 'load', grossAmount: 120.5, currency: 'USD' },
    expected: 201,
  }
  const { commissionId } = keep(take(calculation, `${conversionId}:calculated`))
  if (commissionId === undefined) return
  if (exec.scenario.iterationInTest % repeatEvery === 0) repeat(calculation, commissionId)
  const approval: Step = { name: 'approve', body: { commissionId }, expected: 200 }
  if (keep(take(approval, `${conversionId}:approved`)).commissionId) readApproved(conversionId)
}

function take({ name, body, expected }: Step, content: string): ClassifiedStep {
  const response = http.post(`${environment.baseUrl}/commissions/${name}`, JSON.stringify(body), {
    headers: { 'content-type': 'application/json' },
    timeout: '15s',
    tags: { name: `POST /commissions/${name}` },
  })
  return classifyStep(content, response, expected)
}

function keep(step: ClassifiedStep): ClassifiedStep {
  if (step.line) keepLine(step.line)
  wrongAnswers.add(step.wrong ? 1 : 0)
  unknownOutcomes.add(step.line?.outcome === 'unknown' ? 1 : 0)
  return step
}

function repeat(calculation: Step, commissionId: string): void {
  const again = take(calculation, '')
  if (again.line?.outcome === 'ack') wrongAnswers.add(again.commissionId === commissionId ? 0 : 1)
  else wrongAnswers.add(again.wrong ? 1 : 0)
}

function readApproved(conversionId: string): void {
  const response = http.get(`${environment.baseUrl}/commissions/by-conversion/${conversionId}`, {
    timeout: '15s',
    tags: { name: 'GET /commissions/by-conversion' },
  })
  if (response.status === 0 || response.status >= 500) return
  wrongAnswers.add(response.status === 200 && response.json('status') === 'APPROVED' ? 0 : 1)
}
