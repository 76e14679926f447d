// Logging in through the gateway, by the users that were made for the run.
import http from 'k6/http'
import { Counter } from 'k6/metrics'
import { parseBody } from '../../proof/classifyAnswer.ts'
import { environment, type Login } from './environment.ts'

const wrongAnswers = new Counter('relevo_wrong_answers')
const loginsLater = new Counter('relevo_logins_later')

/** How a login ended: with a token, with the seconds to wait, or (undefined) without an answer that says something. */
export type LoggedIn = { readonly token: string } | { readonly waitSeconds: number } | undefined

/** Logs in; only a token or "later" is right. */
export function logIn({ email, password }: Login): LoggedIn {
  const body = JSON.stringify({ email, password })
  const response = http.post(`${environment.gatewayUrl}/api/users/auth/login`, body, {
    headers: { 'content-type': 'application/json' },
    timeout: '30s',
    tags: { name: 'POST /auth/login' },
    responseCallback: http.expectedStatuses(200, 429),
  })
  if (response.status === 0 || response.status >= 500) return undefined
  const { access_token: token } = parseBody(String(response.body)) ?? {}
  const isRight = response.status === 429 || (response.status === 200 && typeof token === 'string')
  wrongAnswers.add(isRight ? 0 : 1)
  if (response.status === 429) {
    loginsLater.add(1)
    return { waitSeconds: Number(response.headers['Retry-After'] ?? 1) }
  }
  return typeof token === 'string' ? { token } : undefined
}

/** The user that a virtual user is, one of those there are. @throws Error when none was made. */
export function customerOf(vu: number): Login {
  const { customers } = environment
  const customer = customers[vu % customers.length]
  if (customer === undefined) throw new Error('There are no users to log in as: run this by npm run load.')
  return customer
}
