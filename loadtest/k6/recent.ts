// Reads of the newest events at the profile's rate, with one POST to nine of them: what a cache of them (REDIS_URL) is for.
import exec from 'k6/execution'
import http from 'k6/http'
import { Counter } from 'k6/metrics'
import type { Options } from 'k6/options'
import { currentProfile, environment, requestHeaders } from './environment.ts'
import { postMessage } from './postMessage.ts'
import { arrivalRate } from './profiles.ts'
import { availabilitySlo, correctnessSlos, keepsRateSlo, speedSlos, thresholdsOf } from './slo.ts'
import { summaryOf } from './summary.ts'

const profile = currentProfile()
const wrongAnswers = new Counter('relevo_wrong_answers')
const name = 'GET /eventos'

const slos = [
  ...correctnessSlos,
  availabilitySlo,
  ...speedSlos(profile, () => [
    keepsRateSlo,
    {
      sentence: '95 % of the newest pages are answered within 100 ms.',
      metric: `http_req_duration{name:${name}}`,
      threshold: 'p(95)<100',
    },
  ]),
]

export const options: Options = {
  scenarios: { recent: arrivalRate(profile) },
  thresholds: thresholdsOf(slos),
}

const queries = ['', '?limit=20', '?estado=P']

function readRecent(turn: number): void {
  const response = http.get(`${environment.baseUrl}/eventos${queries[turn % queries.length]}`, {
    headers: requestHeaders,
    timeout: '15s',
    tags: { name },
  })
  if (response.status === 0 || response.status >= 500) return
  wrongAnswers.add(response.status === 200 && Array.isArray(response.json('eventos')) ? 0 : 1)
}

export default function recent(): void {
  const turn = exec.scenario.iterationInTest
  if (turn % 10 === 0) postMessage()
  else readRecent(turn)
}

export const handleSummary = summaryOf(slos)
