import { type Route, ServiceError } from '@relevo/kit'
import {
  audit,
  backlog,
  commandQuarantine,
  listQuarantine,
  type QuarantineCommand,
  quarantineCommands,
  type Relay,
} from '@relevo/relay'
import type pg from 'pg'
import { endpoints, pageQuery } from './api.ts'

/** What answers the endpoints of a relay. */
export function createRoutes(pool: pg.Pool, relay: Relay): Route[] {
  return [
    {
      ...endpoints.status,
      handle: async (_request, response) => {
        const { events, oldest_seconds } = await backlog(pool)
        response.json({ ...relay.status(), backlog: { events, oldestSeconds: oldest_seconds } })
      },
    },
    {
      ...endpoints.audit,
      handle: async (_request, response) => {
        const shards = await audit(pool)
        response.json({ clean: shards.every((shard) => shard.difference === 0), shards })
      },
    },
    {
      ...endpoints.listQuarantine,
      handle: async (request, response) => {
        const { limit, after } = parsePage(request.query)
        const keys = await listQuarantine(pool, { limit: limit + 1, ...(after && { after }) })
        const page = keys.slice(0, limit)
        const last = keys.length > limit ? page.at(-1) : undefined
        response.json({ count: page.length, keys: page, ...(last && { next: `${last.shard}:${last.key}` }) })
      },
    },
    ...quarantineCommands.map((command) => commandRoute(pool, command)),
  ]
}

function commandRoute(pool: pg.Pool, command: QuarantineCommand): Route {
  return {
    ...endpoints[command],
    handle: async (request, response) => {
      const key = String(request.params.key)
      if (!(await commandQuarantine(pool, key, command)))
        throw new ServiceError(
          'notFound',
          'No such key is quarantined. GET /quarantine lists those that are.',
        )
      response.status(202).json({ key, command })
    },
  }
}

function parsePage(query: unknown): { limit: number; after?: { shard: number; key: string } } {
  const parsed = pageQuery.safeParse(query)
  if (!parsed.success)
    throw new ServiceError('invalidRequest', 'limit is a number from 1 to 1000; after is a `next` of a page.')
  const { limit, after } = parsed.data
  if (after === undefined) return { limit }
  const colon = after.indexOf(':')
  return { limit, after: { shard: Number(after.slice(0, colon)), key: after.slice(colon + 1) } }
}
