// POST /messages at the profile's rate: the seed's normal flow, many times.
import type { Options } from 'k6/options'
import { currentProfile } from './environment.ts'
import { postMessage } from './postMessage.ts'
import { arrivalRate } from './profiles.ts'
import {
  acknowledgedSlo,
  availabilitySlo,
  correctnessSlos,
  keepsRateSlo,
  postLatencySlo,
  speedSlos,
  thresholdsOf,
} from './slo.ts'
import { summaryOf } from './summary.ts'

const profile = currentProfile()
const slos = [
  ...correctnessSlos,
  availabilitySlo,
  ...speedSlos(profile, (p95Ms) => [keepsRateSlo, acknowledgedSlo, postLatencySlo(p95Ms)]),
]

export const options: Options = {
  scenarios: { steady: arrivalRate(profile) },
  thresholds: thresholdsOf(slos),
}

export default postMessage

export const handleSummary = summaryOf(slos)
