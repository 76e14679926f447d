// The seed's test of high load: 100 messages at once. A burst is one iteration; the profile says how many bursts, in
// hundredths of its rate, so that as many messages are sent as in a steady run.
import type { Options } from 'k6/options'
import { currentProfile } from './environment.ts'
import { messagesAtOnce, postBurst } from './postBurst.ts'
import { profileSeconds } from './profiles.ts'
import { availabilitySlo, correctnessSlos, type Slo, speedSlos, thresholdsOf } from './slo.ts'
import { summaryOf } from './summary.ts'

const profile = currentProfile()
const seconds = Math.max(10, Math.round(profileSeconds(profile)))

const burstSlo: Slo = {
  sentence: 'Of 100 messages at once, the last is answered within 5 s.',
  metric: 'http_req_duration{name:POST /messages}',
  threshold: 'max<5000',
}
const slos = [...correctnessSlos, availabilitySlo, ...speedSlos(profile, () => [burstSlo])]

export const options: Options = {
  batch: messagesAtOnce,
  batchPerHost: messagesAtOnce,
  scenarios: {
    burst: {
      executor: 'constant-arrival-rate',
      rate: profile.peak,
      timeUnit: `${messagesAtOnce}s`,
      duration: `${seconds}s`,
      preAllocatedVUs: 2,
      maxVUs: 20,
      gracefulStop: '20s',
    },
  },
  thresholds: thresholdsOf(slos),
}

export default postBurst

export const handleSummary = summaryOf(slos)
