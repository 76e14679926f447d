// Users register, log in, look at products and order, all of it through the gateway.
import { sleep } from 'k6'
import exec from 'k6/execution'
import http from 'k6/http'
import { Counter } from 'k6/metrics'
import type { Options } from 'k6/options'
import { parseBody } from '../../proof/classifyAnswer.ts'
import { currentProfile, environment } from './environment.ts'
import { customerOf, logIn } from './logIn.ts'
import { arrivalRate } from './profiles.ts'
import { ensureProduct, orderRequest, recordOrder } from './shopOrders.ts'
import {
  availabilitySlo,
  keepsRateSlo,
  postLatencySlo,
  rightAnswersSlo,
  speedSlos,
  thresholdsOf,
} from './slo.ts'
import { summaryOf } from './summary.ts'

const profile = currentProfile()
const wrongAnswers = new Counter('relevo_wrong_answers')
const slos = [
  rightAnswersSlo,
  availabilitySlo,
  ...speedSlos(profile, (p95Ms) => [keepsRateSlo, postLatencySlo(p95Ms, 'POST /orders')]),
]
const skus = Array.from({ length: 8 }, (_, n) => `LOAD-EDGE-${n}`)
/** Below the life of an access token, which is 10 minutes. */
const tokenSeconds = 300
/** A registration hashes a password: few, so that it is not the hashing that is measured. */
const registrationEvery = 50
const json = { 'content-type': 'application/json' }

export const options: Options = {
  scenarios: { usersOrders: arrivalRate(profile) },
  thresholds: thresholdsOf(slos),
}

export function setup(): void {
  for (const sku of skus) ensureProduct(sku, 100_000_000)
}

let session: { readonly token: string; readonly since: number } | undefined

/** The token of this virtual user, who logs in when there is none that is young enough. */
function currentToken(): string | undefined {
  if (session !== undefined && Date.now() - session.since < tokenSeconds * 1_000) return session.token
  const outcome = logIn(customerOf(exec.vu.idInTest))
  if (outcome !== undefined && 'waitSeconds' in outcome) sleep(Math.min(outcome.waitSeconds, 5))
  session =
    outcome !== undefined && 'token' in outcome ? { token: outcome.token, since: Date.now() } : undefined
  return session?.token
}

function register(): void {
  const name = `${environment.contentPrefix}${exec.vu.idInTest}-${exec.vu.iterationInInstance}`
  const body = JSON.stringify({ name, email: `${name}@load.example`, password: `password of ${name}` })
  const { status } = http.post(`${environment.gatewayUrl}/api/users/users`, body, {
    headers: json,
    timeout: '30s',
    tags: { name: 'POST /users' },
    responseCallback: http.expectedStatuses(201, 429),
  })
  if (status !== 0 && status < 500) wrongAnswers.add(status === 201 || status === 429 ? 0 : 1)
}

function read(path: string, name: string, token: string | undefined, has: string): void {
  const response = http.get(`${environment.gatewayUrl}/api${path}`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    timeout: '15s',
    tags: { name },
  })
  if (response.status === 0 || response.status >= 500) return
  const body = parseBody(String(response.body))
  wrongAnswers.add(response.status === 200 && body?.[has] !== undefined ? 0 : 1)
}

export default function browseAndOrder(): void {
  const turn = exec.scenario.iterationInTest
  if (turn % registrationEvery === registrationEvery - 1) register()
  read('/inventory/products?limit=20', 'GET /products', undefined, 'products')
  const token = currentToken()
  if (token === undefined) return
  const request = orderRequest({ items: [{ sku: skus[turn % skus.length] ?? '', quantity: 1 }] })
  const response = http.post(`${environment.gatewayUrl}/api/orders/orders`, request.body, {
    ...request.params,
    headers: { ...json, authorization: `Bearer ${token}` },
  })
  const id = recordOrder(request, response)
  if (id !== undefined) read(`/orders/orders/${id}`, 'GET /orders/{id}', token, 'status')
}

export const handleSummary = summaryOf(slos)
