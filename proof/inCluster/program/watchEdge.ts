import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Customer } from '../../customers.ts'
import { type EdgeAnswer, type EdgeSummary, keyIdOf, summarizeEdge } from './edgeSummary.ts'
import { runOpenLoop } from './openLoop.ts'

/** What is asked through the gateway, and for how long. */
export interface EdgeSpec {
  readonly gatewayUrl: string
  readonly customers: readonly Customer[]
  /** Read by customers, one after the other. */
  readonly paths: readonly string[]
  readonly perSecond: number
  /** How often each customer gets new tokens. */
  readonly refreshEveryMs: number
  readonly stopFile: string
  readonly maxSeconds: number
}

interface Tokens {
  readonly access: string
  readonly refresh: string
}

const timeoutMs = 15_000
const maxInFlight = 200

/** Reads through the gateway as customers on schedule until it is told to stop. */
export async function watchEdge(spec: EdgeSpec): Promise<EdgeSummary> {
  const { gatewayUrl, customers, paths } = spec
  const answers: EdgeAnswer[] = []
  const keyIds = new Set<string>()
  const sessions: Tokens[] = []
  for (const customer of customers) sessions.push(await logIn(gatewayUrl, customer))
  const stopping = new AbortController()
  const renewing = keepRenewing(spec, sessions, { answers, signal: stopping.signal })
  const asking = runOpenLoop(
    { perSecond: spec.perSecond, maxInFlight, signal: stopping.signal },
    async (n) => {
      const path = paths[n % paths.length] ?? '/'
      const token = sessions[n % sessions.length]?.access ?? ''
      const answer = await ask(gatewayUrl, path, { headers: { authorization: `Bearer ${token}` } })
      answers.push(answer)
      const keyId = keyIdOf(token)
      if (answer.status === 200 && keyId !== undefined) keyIds.add(keyId)
    },
  )
  await waitForStop(spec)
  stopping.abort()
  const [{ dropped }] = await Promise.all([asking, renewing])
  return summarizeEdge(answers, dropped, [...keyIds])
}

/** Asks and says what came, whatever that is. */
export async function ask(gatewayUrl: string, path: string, init: RequestInit = {}): Promise<EdgeAnswer> {
  const [at, beganAt] = [Date.now(), performance.now()]
  const told = (status: number, reason?: string): EdgeAnswer => ({
    at,
    ms: performance.now() - beganAt,
    path,
    status,
    ...(reason !== undefined && { reason }),
  })
  try {
    const answer = await fetch(`${gatewayUrl}${path}`, { ...init, signal: AbortSignal.timeout(timeoutMs) })
    await answer.arrayBuffer()
    return told(answer.status)
  } catch (error) {
    const { name, cause } = error as { name?: string; cause?: { code?: string } }
    return told(0, cause?.code ?? name)
  }
}

/** @throws Error with what is answered instead. */
export async function logIn(gatewayUrl: string, { email, password }: Omit<Customer, 'id'>): Promise<Tokens> {
  return tokensOf(await post(gatewayUrl, '/api/users/auth/login', { email, password }))
}

/** A customer after the other gets new tokens; one whose answer does not come keeps those there are, and logs in again. */
async function keepRenewing(
  { gatewayUrl, customers, refreshEveryMs }: EdgeSpec,
  sessions: Tokens[],
  { answers, signal }: { answers: EdgeAnswer[]; signal: AbortSignal },
): Promise<void> {
  const path = '/api/users/auth/refresh'
  for (let n = 0; !signal.aborted; n = (n + 1) % customers.length) {
    await delay(refreshEveryMs / customers.length, undefined, { signal }).catch(() => undefined)
    const [session, customer] = [sessions[n], customers[n]]
    if (signal.aborted || session === undefined || customer === undefined) return
    const at = Date.now()
    try {
      sessions[n] = tokensOf(await post(gatewayUrl, path, { refresh_token: session.refresh }))
    } catch (error) {
      answers.push({ at, ms: Date.now() - at, path, status: 0, reason: String(error) })
      const again = await logIn(gatewayUrl, customer).catch(() => undefined)
      if (again) sessions[n] = again
    }
  }
}

async function post(gatewayUrl: string, path: string, body: object): Promise<unknown> {
  const answer = await fetch(`${gatewayUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${text.slice(0, 200)}`)
  return JSON.parse(text)
}

function tokensOf(body: unknown): Tokens {
  const { access_token: access, refresh_token: refresh } = body as Record<string, unknown>
  if (typeof access === 'string' && typeof refresh === 'string') return { access, refresh }
  throw new Error('The answer holds no tokens.')
}

async function waitForStop({ stopFile, maxSeconds }: EdgeSpec): Promise<void> {
  const deadline = performance.now() + maxSeconds * 1_000
  while (!existsSync(stopFile) && performance.now() < deadline) await delay(100)
}
