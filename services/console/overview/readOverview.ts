import { z } from 'zod'
import type { OverviewState } from '../shapes.ts'
import type { Ask } from '../sources/serviceClient.ts'

const seconds = z.number()
const count = z.number()

const dashboard = z.object({
  status: z.string(),
  looked_at: z.string(),
  stale: z.boolean(),
  services: z.array(
    z.object({
      service: z.string(),
      status: z.enum(['healthy', 'unhealthy', 'down', 'unknown']),
      reason: z.string(),
      since: z.string(),
      response_ms: z.number().nullable(),
      uptime_percent: z.number().nullable(),
      outboxes: z.array(
        z.object({
          name: z.string(),
          oldest_seconds: seconds,
          events: count,
          lease_age_seconds: seconds,
          stalled_shards: count,
          quarantined_keys: count,
          held_topics: count,
        }),
      ),
    }),
  ),
  kafka: z.object({
    reachable: z.boolean(),
    topics: z.array(z.object({ topic: z.string(), messages: count, messages_per_second: z.number() })),
    groups: z.array(z.object({ group: z.string(), service: z.string(), lag: count, lag_seconds: seconds })),
  }),
  alerts: z.object({
    open: count,
    critical: count,
    alerts: z.array(
      z.object({
        kind: z.string(),
        severity: z.enum(['critical', 'warning']),
        subject: z.string(),
        message: z.string(),
        opened_at: z.string(),
      }),
    ),
  }),
})

const currentWindow = z.object({
  start: z.string(),
  orders: z.object({ created: count, confirmed: count, cancelled: count }),
  revenue: z.object({ currency: z.string(), confirmed: z.number() }),
})

/** Services that report on all others, if there are any. */
export interface Tellers {
  /** A monitor. */
  readonly dashboard?: string | undefined
  /** Analytics of orders. */
  readonly windows?: string | undefined
}

/** How everything fares. Undefined: there is no monitor. @throws ServiceError `unavailable` when it does not answer. */
export async function readOverview(ask: Ask, tellers: Tellers): Promise<OverviewState | undefined> {
  if (tellers.dashboard === undefined) return undefined
  const [told, shop] = await Promise.all([
    ask(tellers.dashboard, '/dashboard'),
    tellers.windows === undefined ? undefined : readWindow(ask, tellers.windows),
  ])
  const { services, kafka, alerts, looked_at, stale } = dashboard.parse(told)
  return {
    looked_at,
    stale,
    services: services.map(({ outboxes: _, ...service }) => service),
    outboxes: services.flatMap(({ service, outboxes }) =>
      outboxes.map((outbox) => ({ relay: service, ...outbox })),
    ),
    kafka_reachable: kafka.reachable,
    groups: kafka.groups,
    published_per_second: kafka.topics.reduce((sum, topic) => sum + topic.messages_per_second, 0),
    alerts: alerts.alerts,
    ...(shop && { shop }),
  }
}

/** What the shop does just now is not what an overview fails for. */
async function readWindow(ask: Ask, service: string): Promise<OverviewState['shop']> {
  const found = currentWindow.safeParse(await ask(service, '/windows/current').catch(() => undefined)).data
  return found && { since: found.start, ...found.orders, revenue: found.revenue }
}

/** What is kept of an overview for the charts. */
export interface Figures {
  readonly published_per_second: number
  /** Events that are recorded and not published. */
  readonly backlog: number
  readonly oldest_seconds: number
  /** Messages that consumers have not taken. */
  readonly lag: number
  readonly lag_seconds: number
}

export function figuresOf({ outboxes, groups, published_per_second }: OverviewState): Figures {
  return {
    published_per_second,
    backlog: outboxes.reduce((sum, { events }) => sum + events, 0),
    oldest_seconds: Math.max(0, ...outboxes.map((outbox) => outbox.oldest_seconds)),
    lag: groups.reduce((sum, group) => sum + group.lag, 0),
    lag_seconds: Math.max(0, ...groups.map((group) => group.lag_seconds)),
  }
}
