import { type Call, type Handler, type Handlers, ServiceError } from '@relevo/kit'
import {
  audit,
  backlog,
  commandQuarantine,
  listQuarantine,
  type QuarantineCommand,
  type Relay,
  showQuarantine,
} from '@relevo/relay'
import type pg from 'pg'
import type { Endpoints } from './api.ts'

const mostEventsShown = 100

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
    showQuarantine: async ({ params: { key } }) => {
      const found = await showQuarantine(pool, key, mostEventsShown)
      if (found === undefined) throw notQuarantined()
      return { body: found }
    },
    commandQuarantine: async ({ query: { command, all, ...filter } }) => {
      if (all === undefined && Object.keys(filter).length === 0)
        throw new ServiceError(
          'invalidRequest',
          'Say which keys by topic, type, code, eventId, keyPrefix or state, or all=true.',
        )
      const keys = await commandQuarantine(pool, filter, command)
      return { status: 202, body: { keys: keys.length } }
    },
    redrive: commandHandler(pool, 'redrive'),
    skip: commandHandler(pool, 'skip'),
    discard: commandHandler(pool, 'discard'),
  }
}

async function findQuarantine(pool: pg.Pool, query: Call<Endpoints['listQuarantine']>['query']) {
  const { limit, after, ...filter } = query
  const keys = await listQuarantine(pool, { limit: limit + 1, after, filter })
  const page = keys.slice(0, limit)
  const last = keys.length > limit ? page.at(-1) : undefined
  return { count: page.length, keys: page, ...(last && { next: `${last.shard}:${last.key}` }) }
}

function commandHandler(pool: pg.Pool, command: QuarantineCommand): Handler<Endpoints[QuarantineCommand]> {
  return async ({ params: { key } }) => {
    if ((await commandQuarantine(pool, { key }, command)).length === 0) throw notQuarantined()
    return { status: 202, body: { key, command } }
  }
}

function notQuarantined(): ServiceError {
  return new ServiceError('notFound', 'No such key is quarantined. GET /quarantine lists those that are.')
}
