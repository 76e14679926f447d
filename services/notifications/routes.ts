import { type Handlers, ServiceError } from '@relevo/kit'
import { deadLetterReplies, findConsumerStats } from '@relevo/kit/consumer'
import type { Endpoints } from './api.ts'
import type { Subscription } from './subscription.ts'

export function createHandlers(subscriptions: readonly Subscription[]): Handlers<Endpoints> {
  const deadLettersOf = (name: string) => deadLetterReplies('en', find(subscriptions, name))
  return {
    channels: async () => ({ body: { channels: await Promise.all(subscriptions.map(describe)) } }),
    listDeadLetters: ({ params, query }) => deadLettersOf(params.channel).listDeadLetters(query),
    redriveAll: ({ params }) => deadLettersOf(params.channel).redriveAll(),
    redrive: ({ params }) => deadLettersOf(params.channel).redrive(params.eventId),
  }
}

async function describe(subscription: Subscription): Promise<object> {
  const { channel, problem } = subscription
  return { channel, problem: problem() ?? null, ...(await findConsumerStats(subscription)) }
}

function find(subscriptions: readonly Subscription[], name: string): Subscription {
  const found = subscriptions.find(({ channel }) => channel === name)
  if (found) return found
  const known = subscriptions.map(({ channel }) => channel).join(', ')
  throw new ServiceError('notFound', `There is no such channel here, but ${known}.`)
}
