import type { Route } from '@relevo/kit'
import { endpoints } from './api.ts'
import { findDeadLetters, redriveDeadLetter } from './deadLetters.ts'
import { findStats, type StatsParts } from './stats.ts'

/** What answers the endpoints of the message processor. */
export function createRoutes(parts: StatsParts): Route[] {
  const { pool, inbox, groupId } = parts
  return [
    {
      ...endpoints.stats,
      handle: async (_request, response) => {
        response.json(await findStats(parts))
      },
    },
    {
      ...endpoints.listDeadLetters,
      handle: async (request, response) => {
        response.json(await findDeadLetters(pool, groupId, request.query))
      },
    },
    {
      ...endpoints.redriveAll,
      handle: async (_request, response) => {
        response.status(202).json({ success: true, redriven: await inbox.redriveAll() })
      },
    },
    {
      ...endpoints.redrive,
      handle: async (request, response) => {
        await redriveDeadLetter(inbox, request.params.eventId)
        response.status(202).json({ success: true, redriven: 1 })
      },
    },
  ]
}
