import type { Handlers } from '@relevo/kit'
import type { ConsoleParts } from '../routes.ts'
import type { eventEndpoints } from './eventEndpoints.ts'
import { searchEvents } from './searchEvents.ts'
import { traceEvent } from './traceEvent.ts'

type Parts = Pick<ConsoleParts, 'ask' | 'board' | 'sessions' | 'kafka' | 'traceUrl'> & {
  readonly isMasked: (field: string) => boolean
}

/** What a browser must not keep. */
const headers = { 'cache-control': 'no-store' } as const

/** What answers for events: finding them, and tracing one. */
export function eventHandlers(parts: Parts): Handlers<typeof eventEndpoints> {
  const { ask, board, sessions, kafka, traceUrl } = parts
  type Request = Parameters<typeof sessions.find>[0]
  const masked = async (request: Request) =>
    (await sessions.find(request)) === undefined ? undefined : parts.isMasked
  return {
    listEvents: async ({ query, context: { request } }) => {
      const { event_id: eventId, correlation_id: correlationId, ...rest } = query
      const search = { ...rest, eventId, correlationId }
      return {
        headers,
        body: await searchEvents({ ask, board, traceUrl, isMasked: await masked(request) }, search),
      }
    },
    showTrace: async ({ query: { event_id }, context: { request } }) => {
      const { admin, view } = kafka
      const isMasked = await masked(request)
      const tracing = { ask, board, traceUrl, admin, kafkaTimeoutMs: view.timeoutMs, isMasked }
      return { headers, body: await traceEvent(tracing, event_id) }
    },
  }
}
