import {
  type Call,
  type Handlers,
  inTransaction,
  isUnavailable,
  ServiceError,
  type ServiceUrl,
} from '@relevo/kit'
import type { consumerEndpoints } from '@relevo/kit/consumer'
import type pg from 'pg'
import {
  alertAnswer,
  deliveryAnswer,
  intervalAnswer,
  kafkaAnswer,
  openAlertAnswer,
  serviceAnswer,
  servicesAnswer,
  shopAnswer,
  toSeconds,
} from './answers.ts'
import type { Endpoints } from './api.ts'
import type { Canaries } from './canaries.ts'
import type { ChangeStream } from './changeStream.ts'
import { uptimePercent } from './domain/uptime.ts'
import type { Prober } from './prober.ts'
import { currentBoard } from './readBoard.ts'
import { acknowledgeAlert, findAlert, listAlerts } from './sql/alerts.ts'
import { insertChange } from './sql/changes.ts'
import { lockProbing } from './sql/claimProbing.ts'
import { listIntervals, readClock, type StateSum, sumIntervals } from './sql/intervals.ts'
import { within } from './within.ts'

export interface MonitorParts {
  readonly pool: pg.Pool
  readonly prober: Pick<Prober, 'board' | 'world'>
  readonly stream: ChangeStream
  readonly targets: readonly ServiceUrl[]
  readonly staleMs: number
  readonly canaries: Pick<Canaries, 'byOutbox'>
  readonly lateSeconds: number
}

type Own = Exclude<keyof Endpoints, keyof ReturnType<typeof consumerEndpoints>>

const dayMs = 86_400_000
const shownAlerts = 100
const last = Number.MAX_SAFE_INTEGER

export function createHandlers(parts: MonitorParts): Pick<Handlers<Endpoints>, Own> {
  const { pool, stream, canaries, lateSeconds } = parts
  return {
    dashboard: async () => ({ body: await showDashboard(parts) }),
    listServices: async () => {
      const { board, isStale } = await currentBoard(parts)
      return { body: servicesAnswer(board, isStale, await sumsOfDay(pool)) }
    },
    getService: async ({ params: { service } }) => {
      const { board, isStale } = await currentBoard(parts)
      const found = board.services.find((each) => each.service === service)
      if (!found) throw unknownService(service)
      const answer = serviceAnswer(found, await sumsOfDay(pool))
      return { body: { ...answer, looked_at: board.looked_at, stale: isStale } }
    },
    getHistory: async ({ params: { service }, query }) => ({
      body: await showHistory(parts, service, query),
    }),
    kafkaStats: async () => ({ body: kafkaAnswer((await currentBoard(parts)).board) }),
    showDelivery: async () => ({ body: deliveryAnswer(await canaries.byOutbox(), lateSeconds) }),
    listAlerts: async ({ query }) => ({ body: await showAlerts(parts, query) }),
    acknowledgeAlert: async ({ params: { id }, body }) => ({ body: await acknowledge(pool, id, body) }),
    listen: async ({ headers, context: { request } }) => {
      const seen = headers['last-event-id']
      const start = await stream.admit(seen === undefined ? undefined : Number(seen))
      const head = {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      }
      if (request.method === 'HEAD') return { headers: head }
      return { headers: head, stream: (response) => stream.open(response, start) }
    },
  }
}

function unknownService(service: string): ServiceError {
  return new ServiceError(
    'notFound',
    `No service ${JSON.stringify(service)} is watched: GET /services/health lists them.`,
  )
}

/** What is shown without the database when that has not answered by then. */
const answerMs = 1_500

/** Undefined: the database is away. */
async function unlessAway<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await within(answerMs, work)
  } catch (error) {
    if (isUnavailable(error)) return undefined
    throw error
  }
}

function sumsOfDay(pool: pg.Pool): Promise<StateSum[] | undefined> {
  const sums = async () => {
    const to = await readClock(pool)
    return sumIntervals(pool, { from: new Date(to.getTime() - dayMs), to })
  }
  return unlessAway(sums())
}

async function showDashboard(parts: MonitorParts): Promise<object> {
  const { board, isStale } = await currentBoard(parts)
  const [sums, alerts] = await Promise.all([sumsOfDay(parts.pool), findOpen(parts, last, undefined, 1_000)])
  return {
    ...servicesAnswer(board, isStale, sums),
    kafka: kafkaAnswer(board),
    alerts: {
      open: alerts.length,
      critical: alerts.filter(({ severity }) => severity === 'critical').length,
      acknowledged: alerts.filter(({ acknowledged_at }) => acknowledged_at !== null).length,
      alerts: alerts.slice(0, shownAlerts),
    },
    shop: shopAnswer(board),
  }
}

/** The alerts that are open; those that this process knows of while the database is away. */
async function findOpen(
  { pool, prober }: MonitorParts,
  before: number,
  kind: string | undefined,
  limit: number,
) {
  const rows = await unlessAway(listAlerts(pool, { before, kind, state: 'open', limit }))
  if (rows) return rows.map(alertAnswer)
  const known = [...(prober.world?.alerts.open.values() ?? [])]
  return known.filter(({ cause }) => kind === undefined || cause.kind === kind).map(openAlertAnswer)
}

async function showAlerts(
  parts: MonitorParts,
  query: Call<Endpoints['listAlerts']>['query'],
): Promise<object> {
  const { state, kind, limit, cursor: before = last } = query
  const alerts =
    state === 'open'
      ? await findOpen(parts, before, kind, limit + 1)
      : (await listAlerts(parts.pool, { before, kind, state, limit: limit + 1 })).map(alertAnswer)
  const shown = alerts.slice(0, limit)
  const next = alerts.length > limit ? shown.at(-1)?.id : undefined
  return { count: shown.length, alerts: shown, ...(next && { next_cursor: String(next) }) }
}

async function acknowledge(
  pool: pg.Pool,
  id: number,
  { by, note }: Call<Endpoints['acknowledgeAlert']>['body'],
): Promise<object> {
  return inTransaction(pool, async (client) => {
    await lockProbing(client)
    const done = await acknowledgeAlert(client, id, { by, note })
    if (done) {
      const answer = alertAnswer(done)
      const at = done.acknowledged_at ?? new Date()
      await insertChange(client, { at, kind: 'alert_acknowledged', data: answer })
      return answer
    }
    const found = await findAlert(client, id)
    if (!found) throw new ServiceError('notFound', 'There is no such alert: GET /alerts lists them.')
    // Repeated by the same person it is done already.
    if (found.resolved_at === null && found.acknowledged_by === by) return alertAnswer(found)
    const why = found.resolved_at ? 'It is resolved.' : `${found.acknowledged_by} has acknowledged it.`
    throw new ServiceError('conflict', why)
  })
}

// Postgres knows no year 0, and JavaScript writes years beyond 9999 as Postgres does not read them.
const never = new Date(0)
const forever = new Date(Date.UTC(9999, 11, 31))

function storable(ms: number): Date {
  return new Date(Math.min(Math.max(ms, never.getTime()), forever.getTime()))
}

async function showHistory(
  { pool, targets }: MonitorParts,
  service: string,
  { from: begin, to: end, limit, cursor: before = last }: Call<Endpoints['getHistory']>['query'],
): Promise<object> {
  const now = await readClock(pool)
  const to = end === undefined ? now : storable(Date.parse(end))
  const from = storable(begin === undefined ? to.getTime() - dayMs : Date.parse(begin))
  // What lasts has lasted until now, and nobody knows of later.
  const known = to < now ? to : now
  const sums = await sumIntervals(pool, { from, to: known }, service)
  const found = await listIntervals(pool, service, { from, to, before, limit: limit + 1 })
  const isWatched = targets.some(({ name }) => name === service)
  if (!isWatched && sums.length === 0 && found.length === 0) throw unknownService(service)
  const intervals = found.slice(0, limit)
  const next = found.length > limit ? intervals.at(-1)?.id : undefined
  const seconds = toSeconds(sums, service)
  return {
    service,
    from,
    to,
    uptime_percent: uptimePercent(seconds),
    seconds,
    count: intervals.length,
    intervals: intervals.map((each) => intervalAnswer(each, now)),
    ...(next !== undefined && { next_cursor: String(next) }),
  }
}
