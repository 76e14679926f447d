// Writes at the profile's rate, reads beside them, and every minute the seed's 100 at once: does anything grow, leak
// or drift? What the services' memory did is in the report of `npm run load:verify`.
import exec from 'k6/execution'
import type { Options } from 'k6/options'
import { currentProfile } from './environment.ts'
import { messagesAtOnce, postBurst } from './postBurst.ts'
import { postMessage } from './postMessage.ts'
import { arrivalRate, profileSeconds } from './profiles.ts'
import { readLists } from './readLists.ts'
import {
  availabilitySlo,
  correctnessSlos,
  keepsRateSlo,
  postLatencySlo,
  speedSlos,
  thresholdsOf,
} from './slo.ts'
import { summaryOf } from './summary.ts'

const profile = currentProfile('soak')
const duration = `${Math.round(profileSeconds(profile))}s`
const slos = [
  ...correctnessSlos,
  availabilitySlo,
  ...speedSlos(profile, (p95Ms) => [keepsRateSlo, postLatencySlo(p95Ms * 2)]),
]

export const options: Options = {
  batch: messagesAtOnce,
  batchPerHost: messagesAtOnce,
  scenarios: {
    write: { ...arrivalRate(profile), exec: 'write' },
    read: {
      executor: 'constant-arrival-rate',
      rate: 2,
      timeUnit: '1s',
      duration,
      preAllocatedVUs: 2,
      maxVUs: 20,
      exec: 'read',
    },
    burst: {
      executor: 'constant-arrival-rate',
      rate: 1,
      timeUnit: '60s',
      duration,
      preAllocatedVUs: 1,
      maxVUs: 5,
      exec: 'burst',
    },
  },
  thresholds: thresholdsOf(slos),
}

export const write = postMessage

export function read(): void {
  readLists(exec.scenario.iterationInTest)
}

export const burst = postBurst

export const handleSummary = summaryOf(slos)
