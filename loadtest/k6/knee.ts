// Rates from a quarter of the profile's peak to four times it, each held for a while: where is the knee? It is found,
// not promised, so the only SLO is that answers stay right.
import type { Options, Scenario } from 'k6/options'
import { currentProfile } from './environment.ts'
import { kneeSteps } from './kneeSteps.ts'
import { postMessage } from './postMessage.ts'
import { profileSeconds, virtualUsers } from './profiles.ts'
import { correctnessSlos, thresholdsOf } from './slo.ts'
import { summaryOf } from './summary.ts'

const profile = currentProfile()
const steps = kneeSteps(profile.peak, profileSeconds(profile))

const scenarios: Record<string, Scenario> = {}
// k6 keeps the values of a tag only where a threshold asks for them.
const perStep: Record<string, string[]> = {}
for (const { rate, startSeconds, seconds } of steps) {
  scenarios[`step_${rate}`] = {
    executor: 'constant-arrival-rate',
    rate,
    timeUnit: '1s',
    startTime: `${startSeconds}s`,
    duration: `${seconds}s`,
    gracefulStop: '1s',
    tags: { step: String(rate) },
    ...virtualUsers(rate),
  }
  perStep[`http_req_duration{step:${rate}}`] = ['max>=0']
  perStep[`http_req_failed{step:${rate}}`] = ['rate>=0']
  perStep[`dropped_iterations{scenario:step_${rate}}`] = ['count>=0']
}

export const options: Options = {
  scenarios,
  thresholds: { ...perStep, ...thresholdsOf(correctnessSlos) },
}

export default postMessage

export const handleSummary = summaryOf(correctnessSlos)
