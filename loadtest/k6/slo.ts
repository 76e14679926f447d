import type { Options } from 'k6/options'
import type { Profile } from './profiles.ts'

/** What is promised, and the threshold of k6 that tells whether it is kept. */
export interface Slo {
  sentence: string
  /** A metric of k6, perhaps with tags. */
  metric: string
  threshold: string
  /** Correctness: the run ends as soon as it is broken. */
  aborts?: true
}

/** Holds for every scenario: an answer that is plainly wrong ends the run. */
export const rightAnswersSlo: Slo = {
  sentence: 'Every answer is what the contract says.',
  metric: 'relevo_wrong_answers',
  threshold: 'count==0',
  aborts: true,
}

/** Holds for every scenario that posts messages. */
export const correctnessSlos: readonly Slo[] = [
  rightAnswersSlo,
  {
    sentence: 'No number of an event is given out twice.',
    metric: 'relevo_repeated_ids',
    threshold: 'count==0',
    aborts: true,
  },
]

export const availabilitySlo: Slo = {
  sentence: '99.9 % of requests are answered with success.',
  metric: 'http_req_failed',
  threshold: 'rate<0.001',
}

export const keepsRateSlo: Slo = {
  sentence: 'Requests go out at the rate that was set: the generator is not what is measured.',
  metric: 'dropped_iterations',
  threshold: 'count<1',
}

/** What is promised of speed, given a profile's bound on latency in milliseconds; nothing, where the profile has none. */
export function speedSlos({ postP95Ms }: Profile, slos: (p95Ms: number) => Slo[]): Slo[] {
  return postP95Ms === undefined ? [] : slos(postP95Ms)
}

/** 95 % of the requests of a name within so many milliseconds. */
export function postLatencySlo(p95Ms: number, name = 'POST /messages'): Slo {
  return {
    sentence: `95 % of ${name} are answered within ${p95Ms} ms.`,
    metric: `http_req_duration{name:${name}}`,
    threshold: `p(95)<${p95Ms}`,
  }
}

/** 95 % of the reads of a name at once, under any load. */
export function readSlo(name: string): Slo {
  return {
    sentence: `95 % of ${name} are answered within 300 ms.`,
    metric: `http_req_duration{name:${name}}`,
    threshold: 'p(95)<300',
  }
}

export const acknowledgedSlo: Slo = {
  sentence: '99 % of POSTs answer that Kafka has the event (estado E).',
  metric: 'relevo_sent_at_once',
  threshold: 'rate>0.99',
}

/** SLOs as k6's option. */
export function thresholdsOf(slos: readonly Slo[]): NonNullable<Options['thresholds']> {
  const thresholds: Record<string, { threshold: string; abortOnFail: boolean }[]> = {}
  for (const { metric, threshold, aborts } of slos) {
    thresholds[metric] ??= []
    thresholds[metric].push({ threshold, abortOnFail: aborts ?? false })
  }
  return thresholds
}
