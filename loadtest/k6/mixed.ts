// Three POSTs to seven reads of the lists and numbers, at the profile's rate.
import exec from 'k6/execution'
import type { Options } from 'k6/options'
import { currentProfile } from './environment.ts'
import { postMessage } from './postMessage.ts'
import { arrivalRate } from './profiles.ts'
import { readLists } from './readLists.ts'
import {
  acknowledgedSlo,
  availabilitySlo,
  correctnessSlos,
  keepsRateSlo,
  postLatencySlo,
  readSlo,
  speedSlos,
  thresholdsOf,
} from './slo.ts'
import { summaryOf } from './summary.ts'

const profile = currentProfile()

const slos = [
  ...correctnessSlos,
  availabilitySlo,
  ...speedSlos(profile, (p95Ms) => [
    keepsRateSlo,
    acknowledgedSlo,
    postLatencySlo(p95Ms),
    ...['GET /eventos', 'GET /messages', 'GET /stats'].map(readSlo),
  ]),
]

export const options: Options = {
  scenarios: { mixed: arrivalRate(profile) },
  thresholds: thresholdsOf(slos),
}

export default function mixed(): void {
  const turn = exec.scenario.iterationInTest
  if (turn % 10 < 3) postMessage()
  else readLists(turn)
}

export const handleSummary = summaryOf(slos)
