import { z } from 'zod'
import type { Endpoints, Handlers } from '../http/endpoint.ts'
import type { Language } from '../http/parameters.ts'
import { consumerStats, findConsumerStats } from './consumerStats.ts'
import { consumptionEndpoint, consumptionHandler } from './consumption.ts'
import { deadLetterEndpoints } from './deadLetters/deadLetterEndpoints.ts'
import { deadLetterHandlers } from './deadLetters/deadLetterHandlers.ts'
import type { Consumer } from './startConsumer.ts'

const texts = {
  es: { stats: 'Qué se ha procesado y cuánto queda', numbers: 'Los números' },
  en: { stats: 'What was processed, and what is left', numbers: 'The numbers' },
} as const

/**
 * The endpoints of a service with one consumer: its statistics, which `more` of the service's own can extend, and its
 * dead letters.
 */
export function consumerEndpoints(language: Language, more: z.ZodRawShape = {}) {
  const { stats, numbers } = texts[language]
  const schema = z.object({ ...more, ...consumerStats(language) })
  return {
    stats: {
      method: 'get',
      path: '/stats',
      summary: stats,
      responses: { 200: { description: numbers, schema } },
    },
    ...consumptionEndpoint(language),
    ...deadLetterEndpoints(language),
  } as const satisfies Endpoints
}

/** What answers {@link consumerEndpoints}; `findMore` finds the service's own statistics. */
export function consumerHandlers(
  language: Language,
  consumer: Consumer,
  findMore: () => Promise<object> | object = () => ({}),
): Handlers<ReturnType<typeof consumerEndpoints>> {
  return {
    stats: async () => ({ body: { ...(await findMore()), ...(await findConsumerStats(consumer)) } }),
    ...consumptionHandler(consumer.pool),
    ...deadLetterHandlers<object>(language, () => consumer),
  }
}
