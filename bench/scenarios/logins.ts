import { setTimeout as delay } from 'node:timers/promises'
import type { Values } from '../measurement.ts'
import type { Run, Scenario } from '../scenario.ts'
import { sendTimed } from '../sendTimed.ts'
import { migrateService, startServiceProcess, untilReady } from '../serviceProcess.ts'
import { latencies } from '../statistics.ts'
import { withOutbox } from '../withOutbox.ts'

const atOnce = 50
const rate = 50
const warmUpSeconds = 5
const seconds = 20
const unlimited = '1000000'
const admin = { email: 'admin@bench.example', password: 'the password of the bench' }
const alone = 'alone'

export const logins: Scenario = {
  name: 'logins',
  chapter: 'users',
  title: `${atOnce} logins at once`,
  description: `${rate} requests/s to services/users that hash nothing (\`GET /users/me\`, \`GET /users?limit=20\`), alone and beside ${atOnce} clients that log in, each again
as soon as it is answered or, after a 429, when Retry-After says so. One password is hashed at a time, 20 wait. ${seconds} s after ${warmUpSeconds} s to warm up; latency in ms
from when a request was due. Goal: not more than twice as slow.`,
  columns: [
    { key: 'otherP50', title: 'p50', digits: 2 },
    { key: 'otherP95', title: 'p95', digits: 2 },
    { key: 'otherP99', title: 'p99', digits: 2 },
    { key: 'ratioP50', title: 'times p50', digits: 2 },
    { key: 'ratioP95', title: 'times p95', digits: 2 },
    { key: 'ratioP99', title: 'times p99', digits: 2 },
    { key: 'loginsPerSecond', title: 'logins/s', digits: 1 },
    { key: 'laterPerSecond', title: '429/s', digits: 1 },
  ],
  ratios: ['P50', 'P95', 'P99'].map((percentile) => ({
    key: `ratio${percentile}`,
    of: `other${percentile}`,
    reference: (variant) => (variant === alone ? undefined : alone),
  })),
  variants: [
    { name: alone, budgetMs: 120_000, measure: (run) => measureOthers(run, 0) },
    { name: `${atOnce} logins`, budgetMs: 120_000, measure: (run) => measureOthers(run, atOnce) },
  ],
}

function measureOthers({ bed, signal }: Run, clients: number): Promise<Values> {
  return withOutbox(bed, async ({ url: databaseUrl }, cleanup) => {
    await migrateService(bed, 'users', databaseUrl)
    const users = await startServiceProcess(bed, 'users', databaseUrl, {
      AUTH: 'on',
      USERS_MASTER_KEYS: `bench:${Buffer.alloc(32, 'bench').toString('base64')}`,
      ADMIN_EMAIL: admin.email,
      ADMIN_PASSWORD: admin.password,
      ATTEMPTS_PER_ACCOUNT: unlimited,
      ATTEMPTS_PER_ADDRESS: unlimited,
    })
    cleanup(users.stop)
    const url = `http://127.0.0.1:${users.port}`
    await untilReady(url, users, signal)
    const headers = { authorization: `Bearer ${await firstToken(url, signal)}` }
    const others = ['/users/me', '/users?limit=20'].map((path) => ({ url: `${url}${path}`, headers }))
    const flood = startFlood(url, clients)
    try {
      const options = { rate, warmUpSeconds, seconds, turns: [others] }
      const [latencyMs = []] = await sendTimed(options, signal, () => flood.count())
      return { ...latencies('other', [...latencyMs]), ...(clients > 0 && flood.perSecond(seconds)) }
    } finally {
      await flood.stop()
    }
  })
}

/** The admin is there a moment after the service is ready. */
async function firstToken(url: string, signal: AbortSignal): Promise<string> {
  for (;;) {
    const answer = await logIn(url)
    const body = await answer.text()
    if (answer.ok) return (JSON.parse(body) as { access_token: string }).access_token
    signal.throwIfAborted()
    await delay(100)
  }
}

function logIn(url: string, signal?: AbortSignal): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify(admin)
  return fetch(`${url}/auth/login`, { method: 'POST', headers, body, ...(signal && { signal }) })
}

/** Clients that log in again and again. `stop` them. */
function startFlood(url: string, clients: number) {
  const stopping = new AbortController()
  const { signal } = stopping
  const counts = { done: 0, later: 0 }
  let isCounted = false
  const client = async () => {
    while (!signal.aborted) {
      const answer = await logIn(url, signal)
      await answer.text()
      if (isCounted && answer.status === 200) counts.done += 1
      if (answer.status !== 429) continue
      if (isCounted) counts.later += 1
      await delay(Number(answer.headers.get('retry-after')) * 1_000, undefined, { signal })
    }
  }
  const running = Promise.allSettled(Array.from({ length: clients }, client))
  return {
    count: () => {
      isCounted = true
      return () => {
        isCounted = false
      }
    },
    perSecond: (period: number): Values => ({
      loginsPerSecond: counts.done / period,
      laterPerSecond: counts.later / period,
    }),
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}
