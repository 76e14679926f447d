import type { Admin } from '@relevo/kafka'
import type { Handlers } from '@relevo/kit'
import { act } from '../act.ts'
import type { ConsoleParts } from '../routes.ts'
import type { kafkaEndpoints } from './kafkaEndpoints.ts'
import type { KafkaView } from './kafkaView.ts'
import { readMessages } from './readMessages.ts'
import { previewReset, resetGroup } from './resetGroup.ts'

export interface KafkaParts {
  readonly admin: Admin
  readonly view: KafkaView
}

type Parts = Pick<ConsoleParts, 'board' | 'sessions' | 'actions' | 'kafka'> & {
  readonly isMasked: (field: string) => boolean
}

/** What a browser must not keep. */
const headers = { 'cache-control': 'no-store' } as const

/** What answers for Kafka: looking at it, and resetting the offsets of a group. */
export function kafkaHandlers(parts: Parts): Handlers<typeof kafkaEndpoints> {
  const { sessions, isMasked } = parts
  const { admin, view } = parts.kafka
  return {
    showKafka: async () => ({ body: await view.cluster() }),
    showTopic: async ({ query: { topic } }) => ({ body: await view.topic(topic) }),
    listMessages: async ({ query, context }) => {
      const isOperator = (await sessions.find(context.request)) !== undefined
      const work = readMessages(admin, query, isOperator ? isMasked : undefined)
      return { headers, body: await view.ask(work) }
    },
    showConsumerGroup: async ({ query: { group } }) => ({ body: await view.group(group) }),
    previewReset: async ({ query }) => ({ body: await view.ask(previewReset(admin, query)) }),
    resetGroup: async ({ body: { note, ...reset }, context }) => {
      const by = await sessions.require(context.request)
      const { group, topic, to, time } = reset
      const meant = { topic, to, ...(time !== undefined && { time }) }
      const work = () => view.ask(resetGroup(admin, reset))
      return { body: await act(parts, { by, deed: 'reset', target: group, meant, note }, work) }
    },
  }
}
