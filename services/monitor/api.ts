import { defineApi, pageAnswer, problemDetails } from '@relevo/kit'
import { consumerEndpoints } from '@relevo/kit/consumer'
import { z } from 'zod'
import { alertKinds, severities } from './domain/causes.ts'
import { causes, healthStates } from './domain/health.ts'
import {
  acknowledgement,
  alertParams,
  alertsQuery,
  historyQuery,
  serviceParams,
  streamHeaders,
} from './requests.ts'

const count = z.int().min(0)
const time = z.iso.datetime()
const status = z.enum(healthStates).meta({
  description:
    'unhealthy: it answers, and its work is late; unknown: the monitor cannot see, which says nothing of the service',
})
const percent = z.number().min(0).max(100).nullable()

const outbox = z.object({
  name: z.string(),
  oldest_seconds: z.number().meta({ description: 'Age of the oldest event that is not published' }),
  events: count,
  lease_age_seconds: z.number().meta({ description: "Since the relay's loop last turned" }),
  stalled_shards: count,
  quarantined_keys: count,
  held_topics: count,
  canary_overdue_seconds: z.number().min(0).nullable().meta({
    description: 'Since when its next canary should have taken effect; null: none is known of',
  }),
})

const delivery = z.object({
  works: z.boolean().meta({ description: 'There are canaries, and those of every outbox are in time' }),
  late_after_seconds: z.number(),
  count,
  outboxes: z.array(
    z.object({
      outbox: z.string(),
      shards: count.meta({ description: 'That canaries have come from' }),
      age_seconds: z
        .number()
        .min(0)
        .meta({ description: 'Since the newest canary was recorded, of the shard where that is longest' }),
      overdue_seconds: z.number().min(0),
    }),
  ),
})

const service = z.object({
  service: z.string(),
  status,
  cause: z.enum(causes).meta({ description: 'Empty: it works' }),
  reason: z.string(),
  since: time,
  response_ms: count.nullable().meta({ description: 'Null: it did not answer' }),
  uptime_percent: percent.meta({
    description: 'Of the last 24 hours as far as they were watched; null: not known just now',
  }),
  last_effect_at: time.nullable().meta({ description: 'When its consumer last took an event' }),
  retries: count.nullable().meta({ description: 'Events that wait for another try, or behind one' }),
  dead_letters: count.nullable(),
  outboxes: z.array(outbox),
})

const interval = z.object({
  status,
  cause: z.enum(causes),
  started_at: time,
  ended_at: time.nullable().meta({ description: 'Null: it lasts' }),
  seconds: z.number().min(0),
})

const kafka = z.object({
  looked_at: time,
  reachable: z.boolean().meta({ description: 'false: the figures are those of before' }),
  topics: z.array(
    z.object({
      topic: z.string(),
      partitions: count,
      messages: count.meta({ description: 'That are kept' }),
      messages_per_second: z.number().min(0).meta({ description: 'Over the last minute' }),
      errors: count.meta({ description: 'In its dead-letter topic' }),
    }),
  ),
  groups: z.array(
    z.object({
      group: z.string(),
      service: z.string(),
      topics: z.array(z.string()),
      lag: count.meta({ description: 'Messages that it has not taken' }),
      lag_seconds: z.number().min(0).meta({ description: 'For how long the oldest of those has waited' }),
    }),
  ),
})

const alert = z.object({
  id: z.int().positive().nullable().meta({ description: 'Null: the database is away, it is not stored yet' }),
  kind: z.enum(alertKinds),
  severity: z.enum(severities),
  subject: z.string(),
  message: z.string(),
  opened_at: time,
  resolved_at: time.nullable(),
  acknowledged_at: time.nullable(),
  acknowledged_by: z.string().nullable(),
  note: z.string().nullable(),
})

const servicesAnswer = z.object({
  status: status.meta({ description: 'The worst of them' }),
  looked_at: time,
  stale: z.boolean().meta({ description: 'Nobody has looked for too long' }),
  count,
  services: z.array(service),
})

const unknownService = { 404: 'No service of this name is watched' }

/** The endpoints of the monitor. */
export const api = defineApi({
  title: 'Relevo monitor',
  version: '1.0.0',
  errors: problemDetails,
  endpoints: {
    dashboard: {
      method: 'get',
      path: '/dashboard',
      summary: 'All that a page needs: services, Kafka, open alerts, and what the shop tells',
      responses: {
        200: {
          description: 'The dashboard',
          schema: servicesAnswer.extend({
            kafka,
            alerts: z.object({
              open: count,
              critical: count,
              acknowledged: count,
              alerts: z.array(alert).meta({ description: 'The newest 100 that are open' }),
            }),
            shop: z.object({
              failed_orders: z.record(z.string(), count).meta({ description: 'Of late, by reason' }),
              dead_notifications: count.meta({ description: 'Of late' }),
              low_stock: z
                .array(
                  z.object({ product_id: count, name: z.string(), available: z.int(), minimum: z.int() }),
                )
                .meta({ description: 'The 100 products that lack most' }),
            }),
          }),
        },
      },
    },
    listServices: {
      method: 'get',
      path: '/services/health',
      summary: 'How every service fares',
      responses: { 200: { description: 'The services', schema: servicesAnswer } },
    },
    getService: {
      method: 'get',
      path: '/services/:service/health',
      summary: 'How one service fares',
      params: serviceParams,
      responses: {
        200: { description: 'The service', schema: service.extend({ looked_at: time, stale: z.boolean() }) },
      },
      errors: unknownService,
    },
    getHistory: {
      method: 'get',
      path: '/services/:service/history',
      summary: 'How a service stood over time: a stretch for each state, the newest first',
      params: serviceParams,
      query: historyQuery,
      responses: {
        200: {
          description: 'A page of stretches, and the sums over the whole time',
          schema: pageAnswer('en', 'intervals', interval).extend({
            service: z.string(),
            from: time,
            to: time,
            uptime_percent: percent,
            seconds: z.object({
              healthy: z.number(),
              unhealthy: z.number(),
              down: z.number(),
              unknown: z.number(),
            }),
          }),
        },
      },
      errors: unknownService,
    },
    kafkaStats: {
      method: 'get',
      path: '/kafka/stats',
      summary: 'Topics with their messages, and how far consumers are behind',
      responses: { 200: { description: 'The figures', schema: kafka } },
    },
    showDelivery: {
      method: 'get',
      path: '/delivery',
      summary:
        'Whether delivery works (`works`), as the canaries of all outboxes tell: for probes from outside and pipelines',
      responses: { 200: { description: 'What is known', schema: delivery } },
    },
    listAlerts: {
      method: 'get',
      path: '/alerts',
      summary: 'Alerts, the newest first',
      query: alertsQuery,
      responses: { 200: { description: 'A page of alerts', schema: pageAnswer('en', 'alerts', alert) } },
    },
    acknowledgeAlert: {
      method: 'post',
      path: '/alerts/:id/acknowledge',
      summary: 'Somebody sees to an alert',
      role: 'operator',
      params: alertParams,
      body: acknowledgement,
      responses: { 200: { description: 'The alert', schema: alert } },
      errors: { 404: 'There is no such alert', 409: 'It is resolved, or acknowledged by somebody else' },
    },
    listen: {
      method: 'get',
      path: '/events',
      summary:
        'What changes, as server-sent events; on `reset` look at /dashboard anew, `stale`: nothing is known just now',
      headers: streamHeaders,
      responses: {
        200: { description: 'They come as they happen', schema: z.string(), mediaType: 'text/event-stream' },
      },
    },
    ...consumerEndpoints('en'),
  },
})

export type Endpoints = typeof api.endpoints
