import { type Handlers, ServiceError } from '@relevo/kit'
import {
  abortRepublication,
  listRepublications,
  previewRepublish,
  type Republication,
  type RepublishSpan,
  readRepublication,
  requestRepublish,
} from '@relevo/relay'
import type pg from 'pg'
import type { Endpoints } from './api.ts'

type Republishing =
  | 'previewRepublish'
  | 'requestRepublish'
  | 'listRepublications'
  | 'showRepublication'
  | 'abortRepublication'

/** What answers the endpoints of republishing, each on the pool of the outbox that the request names. */
export function republishHandlers(
  poolOf: (query: { readonly outbox?: string | undefined }) => pg.Pool,
): Pick<Handlers<Endpoints>, Republishing> {
  return {
    previewRepublish: async ({ query, body }) => {
      const pool = poolOf(query)
      return { body: await previewRepublish(pool, bounded(body)) }
    },
    requestRepublish: async ({ query, body: { settleAudit, ...span } }) => {
      const pool = poolOf(query)
      const id = await requestRepublish(pool, bounded(span), { settleAudit })
      if (id === undefined)
        throw new ServiceError('conflict', 'No published event is in the span: nothing is to be sent again.')
      return { status: 202, body: await find(pool, id) }
    },
    listRepublications: async ({ query }) => {
      const found = await listRepublications(poolOf(query))
      return { body: { count: found.length, republications: found } }
    },
    showRepublication: async ({ params: { id }, query }) => ({ body: await find(poolOf(query), id) }),
    abortRepublication: async ({ params: { id }, query }) => {
      const pool = poolOf(query)
      if (await abortRepublication(pool, id)) return { body: await find(pool, id) }
      const { state } = await find(pool, id)
      throw new ServiceError('conflict', `Request ${id} is ${state} already.`)
    },
  }
}

/** @throws ServiceError when it would be the whole outbox. */
function bounded(span: RepublishSpan): RepublishSpan {
  if (Object.values(span).some((bound) => bound !== undefined)) return span
  throw new ServiceError(
    'invalidRequest',
    'Say which events by from and to, fromId and toId, eventIds, keys or topic.',
  )
}

async function find(pool: pg.Pool, id: number): Promise<Republication> {
  const found = await readRepublication(pool, id)
  if (found === undefined) throw new ServiceError('notFound', `There is no request ${id}.`)
  return found
}
