import { setTimeout as delay } from 'node:timers/promises'
import { type ListedEvent, listEvents } from '@relevo/outbox'
import type pg from 'pg'
import { operatorHeaders } from '../../operatorHeaders.ts'

/** What is watched, and for how long. */
export interface RecentSpec {
  readonly apiUrl: string
  readonly forMs: number
}

/** What came of it. */
export interface RecentSummary {
  readonly answers: number
  /** Requests that were not answered 200, with an example. */
  readonly failed: readonly string[]
  /** Answers without what Postgres had said more than a second before they were asked for. */
  readonly contradicted: readonly string[]
  readonly breakerOpened: boolean
  readonly breakerClosed: boolean
}

/** A page of the newest events, with when it was asked for and when it had come, by `performance.now()`. */
export interface RecentPage {
  readonly askedAt: number
  readonly cameAt: number
  readonly events: readonly { readonly id: number; readonly isSent: boolean }[]
}

const limit = 50
const promisedMs = 1_000
const pauseMs = 40
const requestBudgetMs = 10_000
const examples = 5

/**
 * What an answer lacks of what Postgres had said more than a second before it was asked for: an event, or that it was sent. Both stay
 * once they are, so that only times of one clock are compared. @param known what Postgres has said, in the order of time
 */
export function findContradiction(answer: RecentPage, known: readonly RecentPage[]): string | undefined {
  const old = known.findLast(({ cameAt }) => cameAt < answer.askedAt - promisedMs)
  const shown = new Map(answer.events.map((event) => [event.id, event]))
  const oldestShown = answer.events.at(-1)?.id ?? 0
  for (const { id, isSent } of old?.events ?? []) {
    // Newer ones have pushed it off the page.
    if (answer.events.length >= limit && id < oldestShown) continue
    const event = shown.get(id)
    if (!event) return `event ${id} is missing`
    if (isSent && !event.isSent) return `event ${id} is not shown as sent`
  }
  return undefined
}

/** Reads the newest events by the API and from Postgres, and compares them. */
export async function watchRecent({ apiUrl, forMs }: RecentSpec, pool: pg.Pool): Promise<RecentSummary> {
  const until = performance.now() + forMs
  const known: RecentPage[] = []
  const answers: RecentPage[] = []
  const failed: string[] = []
  const breakers: string[] = []
  const repeat = async (look: () => Promise<void>) => {
    while (performance.now() < until) {
      await look()
      await delay(pauseMs)
    }
  }
  const ask = async () => {
    try {
      answers.push(await dated(() => askForEvents(apiUrl)))
    } catch (error) {
      failed.push((error as Error).message)
    }
  }
  const readTruth = async () => void known.push(await dated(() => readEvents(pool)))
  const readBreaker = async () => void breakers.push(await findBreaker(apiUrl))
  await Promise.all([ask, ask, ask, readTruth, readBreaker].map(repeat))
  const contradicted = answers.flatMap((answer) => findContradiction(answer, known) ?? [])
  const openedAt = breakers.indexOf('open')
  return {
    answers: answers.length,
    failed: failed.slice(0, examples),
    contradicted: contradicted.slice(0, examples),
    breakerOpened: openedAt >= 0,
    breakerClosed: openedAt >= 0 && breakers.indexOf('closed', openedAt) > openedAt,
  }
}

async function dated(read: () => Promise<RecentPage['events']>): Promise<RecentPage> {
  const askedAt = performance.now()
  const events = await read()
  return { askedAt, events, cameAt: performance.now() }
}

async function readEvents(pool: pg.Pool): Promise<RecentPage['events']> {
  const { events } = await listEvents(pool, { limit })
  return events.map(({ id, state }: ListedEvent) => ({ id, isSent: state === 'E' }))
}

async function askForEvents(apiUrl: string): Promise<RecentPage['events']> {
  const body = JSON.parse(await get(apiUrl, `/eventos?limit=${limit}`))
  return body.eventos.map(({ id, estado }: { id: number; estado: string }) => ({
    id,
    isSent: estado === 'Enviado',
  }))
}

async function findBreaker(apiUrl: string): Promise<string> {
  const metrics = await get(apiUrl, '/metrics').catch(() => '')
  return /^relevo_cache_breaker_state\{state="(\w+)"\} 1$/m.exec(metrics)?.[1] ?? 'none'
}

async function get(apiUrl: string, path: string): Promise<string> {
  const signal = AbortSignal.timeout(requestBudgetMs)
  const response = await fetch(new URL(path, apiUrl), { headers: operatorHeaders(), signal })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`GET ${path} answered ${response.status}: ${text}`)
  return text
}

/** Everything that did not hold, as one sentence; undefined when all did. */
export function problemOfRecent(summary: RecentSummary): string | undefined {
  const { answers, failed, contradicted, breakerOpened, breakerClosed } = summary
  const problems = [
    ...(answers === 0 ? ['nothing was answered, so nothing was shown'] : []),
    ...(failed.length > 0 ? [`not every read was answered (${failed[0]})`] : []),
    ...(contradicted.length > 0 ? [`answers were more than a second behind (${contradicted[0]})`] : []),
    ...(breakerOpened ? [] : ['the breaker did not open']),
    ...(breakerOpened && !breakerClosed ? ['the breaker did not close again'] : []),
  ]
  return problems.length === 0 ? undefined : `The recent events: ${problems.join('; ')}.`
}
