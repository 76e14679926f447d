import { type Handlers, ServiceError } from '@relevo/kit'
import { consumptionHandler, deadLetterHandlers, findConsumerStats } from '@relevo/kit/consumer'
import type pg from 'pg'
import type { Endpoints } from './api.ts'
import { notificationHandlers } from './email/routes.ts'
import type { Subscription } from './subscription.ts'

export function createHandlers(pool: pg.Pool, subscriptions: readonly Subscription[]): Handlers<Endpoints> {
  return {
    ...notificationHandlers(pool),
    channels: async () => ({ body: { channels: await Promise.all(subscriptions.map(describe)) } }),
    ...consumptionHandler(pool),
    ...deadLetterHandlers('en', ({ channel }: { channel: string }) => find(subscriptions, channel)),
  }
}

async function describe(subscription: Subscription): Promise<object> {
  const { channel, problem, awaySince } = subscription
  const stats = await findConsumerStats(subscription)
  return { channel, problem: problem() ?? describeAway(awaySince()), ...stats }
}

function describeAway(since: number | undefined): string | null {
  return since === undefined ? null : `the receiver has been away since ${new Date(since).toISOString()}`
}

function find(subscriptions: readonly Subscription[], name: string): Subscription {
  const found = subscriptions.find(({ channel }) => channel === name)
  if (found) return found
  const known = subscriptions.map(({ channel }) => channel).join(', ')
  throw new ServiceError('notFound', `There is no such channel here, but ${known}.`)
}
