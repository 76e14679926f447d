import { type Call, type Handler, type Handlers, ServiceError } from '@relevo/kit'
import {
  audit,
  backlog,
  commandQuarantine,
  listQuarantine,
  type QuarantineCommand,
  searchEvents,
  showQuarantine,
} from '@relevo/relay'
import type pg from 'pg'
import type { Endpoints } from './api.ts'
import { republishHandlers } from './republishRoutes.ts'
import type { RunningOutbox } from './startOutbox.ts'

const mostEventsShown = 100

/** What answers the endpoints of a relay, each for the outbox that the request names. */
export function createHandlers(outboxes: readonly RunningOutbox[]): Handlers<Endpoints> {
  const find = (query: { readonly outbox?: string | undefined }) => findOutbox(outboxes, query.outbox)
  return {
    outboxes: async () => {
      const found = await Promise.all(outboxes.map(summarize))
      return { body: { count: found.length, outboxes: found } }
    },
    status: async ({ query }) => {
      const { relay, pool } = find(query)
      const { events, oldest_seconds } = await backlog(pool)
      return { body: { ...relay.status(), backlog: { events, oldestSeconds: oldest_seconds } } }
    },
    audit: async ({ query }) => {
      const shards = await audit(find(query).pool)
      return { body: { clean: shards.every((shard) => shard.difference === 0), shards } }
    },
    searchEvents: async ({ query: { outbox, from, to, ...search } }) => {
      const span = { ...(from && { from: storableTime(from) }), ...(to && { to: storableTime(to) }) }
      const { events, searchedTo, next } = await searchEvents(find({ outbox }).pool, { ...search, ...span })
      return { body: { count: events.length, events, searchedTo, next } }
    },
    listQuarantine: async ({ query }) => ({ body: await findQuarantine(find(query).pool, query) }),
    showQuarantine: async ({ params: { key }, query }) => {
      const found = await showQuarantine(find(query).pool, key, mostEventsShown)
      if (found === undefined) throw notQuarantined()
      return { body: found }
    },
    commandQuarantine: async ({ query: { command, all, outbox, ...filter } }) => {
      const { pool } = find({ outbox })
      if (all === undefined && Object.keys(filter).length === 0)
        throw new ServiceError(
          'invalidRequest',
          'Say which keys by topic, type, code, eventId, keyPrefix or state, or all=true.',
        )
      const keys = await commandQuarantine(pool, filter, command)
      return { status: 202, body: { keys: keys.length } }
    },
    redrive: commandHandler(find, 'redrive'),
    skip: commandHandler(find, 'skip'),
    discard: commandHandler(find, 'discard'),
    ...republishHandlers((query) => find(query).pool),
  }
}

const lastMs = Date.UTC(9999, 11, 30)

/** Postgres knows no year 0, and JavaScript writes years beyond 9999 as Postgres does not read them. */
function storableTime(time: string): Date {
  return new Date(Math.min(Math.max(Date.parse(time), 0), lastMs))
}

/** @throws ServiceError when there is no such outbox, or several and none is named. */
export function findOutbox<O extends { readonly name: string }>(
  outboxes: readonly O[],
  name: string | undefined,
): O {
  const [first, ...others] = outboxes
  const found =
    name === undefined && others.length === 0 ? first : outboxes.find((each) => each.name === name)
  if (found) return found
  const names = outboxes.map((each) => each.name).join(', ')
  throw new ServiceError(
    'notFound',
    name === undefined
      ? `This relay has several outboxes. Say which by ?outbox=, one of ${names}.`
      : `This relay has no outbox of that name, but ${names}.`,
  )
}

/** Asks no database, so that it is answered at once whatever is away. */
async function summarize({ name, relay, health, monitor }: RunningOutbox) {
  const waitsFor = Object.keys(await health.readyProblems()).filter((check) => check !== 'shutdown')
  const status = relay.status()
  const waiting = waitsFor.some((check) => check !== 'relay') ? `waits for ${waitsFor.join(', ')}` : undefined
  return {
    outbox: name,
    ready: waitsFor.length === 0,
    ...status,
    problem: waiting ?? status.problem,
    ...(monitor.backlog && { backlog: monitor.backlog }),
  }
}

async function findQuarantine(pool: pg.Pool, query: Call<Endpoints['listQuarantine']>['query']) {
  const { limit, after, outbox: _, ...filter } = query
  const { keys, next } = await listQuarantine(pool, { limit, after, filter })
  return { count: keys.length, keys, next }
}

function commandHandler(
  find: (query: { readonly outbox?: string | undefined }) => RunningOutbox,
  command: QuarantineCommand,
): Handler<Endpoints[QuarantineCommand]> {
  return async ({ params: { key }, query }) => {
    if ((await commandQuarantine(find(query).pool, { key }, command)).length === 0) throw notQuarantined()
    return { status: 202, body: { key, command } }
  }
}

function notQuarantined(): ServiceError {
  return new ServiceError('notFound', 'No such key is quarantined. GET /quarantine lists those that are.')
}
