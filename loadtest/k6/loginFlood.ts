// Requests that hash nothing, first alone and then beside 50 clients that log in as fast as they are let.
import { sleep } from 'k6'
import exec from 'k6/execution'
import http from 'k6/http'
import { Counter, Trend } from 'k6/metrics'
import type { Options } from 'k6/options'
import { currentProfile, environment } from './environment.ts'
import { customerOf, logIn } from './logIn.ts'
import { judgeSlowdown } from './loginSlowdown.ts'
import { profileSeconds } from './profiles.ts'
import { availabilitySlo, rightAnswersSlo, thresholdsOf } from './slo.ts'
import { summaryOf } from './summary.ts'

const atOnce = 50
const perSecond = 20
const profile = currentProfile()
const halfSeconds = Math.max(10, Math.round(profileSeconds(profile) / 2))
const slos = [rightAnswersSlo, availabilitySlo]
const wrongAnswers = new Counter('relevo_wrong_answers')
const others = {
  alone: new Trend('relevo_others_alone', true),
  flooded: new Trend('relevo_others_flooded', true),
}

export const options: Options = {
  scenarios: {
    others: {
      executor: 'constant-arrival-rate',
      exec: 'askOthers',
      rate: perSecond,
      timeUnit: '1s',
      duration: `${2 * halfSeconds}s`,
      preAllocatedVUs: perSecond,
      maxVUs: 5 * perSecond,
    },
    flood: {
      executor: 'constant-vus',
      exec: 'logInAgain',
      vus: atOnce,
      startTime: `${halfSeconds}s`,
      duration: `${halfSeconds}s`,
      gracefulStop: '30s',
    },
  },
  thresholds: thresholdsOf(slos),
}

/** @returns the token that the others are asked with. */
export function setup(): { readonly token: string } {
  const outcome = logIn(customerOf(0))
  if (outcome === undefined) throw new Error('The first user cannot log in.')
  if ('token' in outcome) return outcome
  const again = `${Math.ceil(outcome.waitSeconds / 60)} minutes`
  throw new Error(
    `This address has used up its logins (ATTEMPTS_PER_ADDRESS of users): run this in ${again}.`,
  )
}

export function askOthers({ token }: { readonly token: string }): void {
  const response = http.get(`${environment.gatewayUrl}/api/users/users/me`, {
    headers: { authorization: `Bearer ${token}` },
    timeout: '15s',
    tags: { name: 'GET /users/me' },
  })
  if (response.status === 0 || response.status >= 500) return
  wrongAnswers.add(response.status === 200 ? 0 : 1)
  const isFlooded = exec.scenario.iterationInTest >= halfSeconds * perSecond
  others[isFlooded ? 'flooded' : 'alone'].add(response.timings.duration)
}

export function logInAgain(): void {
  const outcome = logIn(customerOf(exec.vu.idInTest))
  if (outcome !== undefined && 'waitSeconds' in outcome) sleep(Math.min(outcome.waitSeconds, 5))
}

export const handleSummary = summaryOf(slos, judgeSlowdown)
