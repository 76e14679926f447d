import type { Admin } from '@relevo/kafka'
import { type Route, ServiceError } from '@relevo/kit'
import { endpoints } from './api.ts'
import { describeChannels } from './channelStats.ts'
import { findDeadLetters, redriveDeadLetter } from './deadLetters.ts'
import type { Subscription } from './subscription.ts'

export interface NotificationsParts {
  readonly subscriptions: readonly Subscription[]
  readonly admin: Admin
  readonly topic: string
}

/** What answers the endpoints of the notifications. */
export function createRoutes(parts: NotificationsParts): Route[] {
  const { subscriptions } = parts
  return [
    {
      ...endpoints.channels,
      handle: async (_request, response) => {
        response.json({ channels: await describeChannels(parts) })
      },
    },
    {
      ...endpoints.listDeadLetters,
      handle: async (request, response) => {
        response.json(await findDeadLetters(find(subscriptions, request.params.channel), request.query))
      },
    },
    {
      ...endpoints.redriveAll,
      handle: async (request, response) => {
        const { inbox } = find(subscriptions, request.params.channel)
        response.status(202).json({ redriven: await inbox.redriveAll() })
      },
    },
    {
      ...endpoints.redrive,
      handle: async (request, response) => {
        await redriveDeadLetter(find(subscriptions, request.params.channel), request.params.eventId)
        response.status(202).json({ redriven: 1 })
      },
    },
  ]
}

function find(subscriptions: readonly Subscription[], name: unknown): Subscription {
  const found = subscriptions.find(({ channel }) => channel === name)
  if (found) return found
  const known = subscriptions.map(({ channel }) => channel).join(', ')
  throw new ServiceError('notFound', `There is no such channel here, but ${known}.`)
}
