import { defineEvent, defineTopic, draftEvent, type EventContract } from '@relevo/contracts'
import { z } from 'zod'
import { money } from './money.ts'
import * as requests from './requests/commissions.ts'
import { small } from './resources.ts'
import type { System } from './system.ts'

const dayMs = 86_400_000

export const commissionsTopic = defineTopic({
  name: 'commissions',
  summary: 'What happens to commissions; those of one commission are in order',
  partitions: 6,
  retentionMs: 7 * dayMs,
  maxMessageBytes: 64 * 1024,
})

const aboutCommission = {
  commissionId: z.uuid(),
  conversionId: z.string(),
  affiliateId: z.string(),
  campaignId: z.string(),
  netAmount: money,
}

/** The commission of a conversion has been calculated. */
export const commissionCalculated = defineEvent({
  type: 'commission.calculated',
  version: 1,
  summary: 'The commission of a conversion was calculated',
  topic: commissionsTopic,
  payload: z.object({
    ...aboutCommission,
    grossAmount: money,
    percentage: z
      .string()
      .regex(/^\d+(\.\d+)?$/)
      .meta({ examples: ['12.5'] }),
    calculatedAt: z.iso.datetime(),
  }),
  key: ({ commissionId }) => commissionId,
  partitionBy: 'key',
  producer: 'commissions',
  consumers: ['notifications'],
})

/** A commission has been approved. */
export const commissionApproved = defineEvent({
  type: 'commission.approved',
  version: 1,
  summary: 'A commission was approved',
  topic: commissionsTopic,
  payload: z.object({ ...aboutCommission, approvedAt: z.iso.datetime() }),
  key: ({ commissionId }) => commissionId,
  partitionBy: 'key',
  producer: 'commissions',
  consumers: ['notifications'],
})

/**
 * Each commission has two events, named by its conversion and what has happened; their effect is a line in the file of
 * the notifications. A line that is still in the table `event_line` is not known to be in the file.
 */
export const commissionsSystem: System = {
  name: 'commissions',
  databases: [
    { name: 'commissions', folder: 'commissions' },
    { name: 'notifications', folder: 'notifications' },
  ],
  services: [
    {
      name: 'commissions',
      port: 5001,
      database: 'commissions',
      route: '/commissions',
      chart: { resources: small },
    },
    {
      name: 'notifications',
      port: 5005,
      database: 'notifications',
      files: { EVENTS_FILE: 'data/events.jsonl' },
      groups: ['notifications-*'], // one for each channel
      status: '/channels',
      chart: {
        replicas: 1, // more of them spread the events over as many files
        env: { CHANNELS: 'file' },
        resources: small,
        volume: { path: '/app/data', size: '1Gi' },
      },
    },
  ],
  relays: [{ name: 'relay-commissions', port: 3003, outboxes: ['commissions'], source: 'wal' }],
  topics: [commissionsTopic],
  events: [commissionCalculated as EventContract, commissionApproved as EventContract],
  flows: [
    {
      topic: commissionsTopic,
      group: 'notifications-file',
      consumer: 'notifications',
      effects: {
        count: `
select ((select count(*) from inbox.effect where consumer = 'notifications-file')
  - (select count(*) from event_line))::int as effects`,
        times: `
select event_id::text, (extract(epoch from processed_at) * 1000)::float8 as effect_at
from inbox.effect
where consumer = 'notifications-file' and processed_at >= to_timestamp($1::float8 / 1000)`,
        list: { variable: 'EVENTS_FILE', path: 'data/events.jsonl' },
      },
    },
  ],
  entry: {
    service: 'commissions',
    topic: commissionsTopic,
    content: `(payload ->> 'conversionId') || ':' || split_part(type, '.', 2)`,
    requests: [requests.calculateCommission, requests.approveCommission],
    draft: draftCalculated,
    arrivals: [requests.commissionApproved, requests.commissionPublished, requests.commissionNotified],
  },
  tryIt: [
    `curl -sS {commissions}/commissions/calculate -H 'content-type: application/json' -d '{"conversionId":"c-1","affiliateId":"aff-1","campaignId":"cmp-1","grossAmount":120.5,"currency":"USD"}'`,
  ],
}

function draftCalculated(conversionId: string) {
  const amount = (text: string) => ({ amount: text, currency: 'USD' })
  return draftEvent(commissionCalculated, {
    commissionId: crypto.randomUUID(),
    conversionId,
    affiliateId: 'load',
    campaignId: 'load',
    grossAmount: amount('120.50'),
    percentage: '12.5',
    netAmount: amount('15.06'),
    calculatedAt: new Date().toISOString(),
  })
}
