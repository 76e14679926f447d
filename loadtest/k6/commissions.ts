// Commissions calculated, approved and read at the profile's rate.
import type { Options } from 'k6/options'
import { currentProfile } from './environment.ts'
import { arrivalRate } from './profiles.ts'
import { sendCommission } from './sendCommission.ts'
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
const slos = [
  rightAnswersSlo,
  availabilitySlo,
  ...speedSlos(profile, (p95Ms) => [
    keepsRateSlo,
    postLatencySlo(p95Ms, 'POST /commissions/calculate'),
    postLatencySlo(p95Ms, 'POST /commissions/approve'),
  ]),
]

export const options: Options = {
  scenarios: { commissions: arrivalRate(profile) },
  thresholds: thresholdsOf(slos),
}

export default sendCommission

export const handleSummary = summaryOf(slos)
