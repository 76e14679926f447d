import { type Call, type Handler, type Handlers, ServiceError } from '@relevo/kit'
import {
  audit,
  backlog,
  commandQuarantine,
  listQuarantine,
  type QuarantineCommand,
  type Relay,
} from '@relevo/relay'
import type pg from 'pg'
import type { Endpoints } from './api.ts'

/** What answers the endpoints of a relay. */
export function createHandlers(pool: pg.Pool, relay: Relay): Handlers<Endpoints> {
  return {
    status: async () => {
      const { events, oldest_seconds } = await backlog(pool)
      return { body: { ...relay.status(), backlog: { events, oldestSeconds: oldest_seconds } } }
    },
    audit: async () => {
      const shards = await audit(pool)
      return { body: { clean: shards.every((shard) => shard.difference === 0), shards } }
    },
    listQuarantine: async ({ query }) => ({ body: await findQuarantine(pool, query) }),
    redrive: commandHandler(pool, 'redrive'),
    skip: commandHandler(pool, 'skip'),
    discard: commandHandler(pool, 'discard'),
  }
}

async function findQuarantine(pool: pg.Pool, { limit, after }: Call<Endpoints['listQuarantine']>['query']) {
  const keys = await listQuarantine(pool, { limit: limit + 1, ...(after && { after }) })
  const page = keys.slice(0, limit)
  const last = keys.length > limit ? page.at(-1) : undefined
  return { count: page.length, keys: page, ...(last && { next: `${last.shard}:${last.key}` }) }
}

function commandHandler(pool: pg.Pool, command: QuarantineCommand): Handler<Endpoints[QuarantineCommand]> {
  return async ({ params: { key } }) => {
    if (await commandQuarantine(pool, key, command)) return { status: 202, body: { key, command } }
    throw new ServiceError('notFound', 'No such key is quarantined. GET /quarantine lists those that are.')
  }
}
