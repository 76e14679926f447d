import {
  audit,
  backlog,
  commandQuarantine,
  listQuarantine,
  type QuarantineCommand,
  quarantineCommands,
  type Relay,
} from '@relevo/relay'
import { type Route, ServiceError } from '@relevo/service'
import type pg from 'pg'
import { auditAnswer, commandAnswer, pageQuery, quarantineAnswer, statusAnswer } from './schemas.ts'

/** What operators ask a relay. Each relay of an outbox answers for the whole outbox, but for its own status. */
export function createRoutes(pool: pg.Pool, relay: Relay): Route[] {
  return [
    {
      method: 'get',
      path: '/status',
      summary: 'The shards of this relay, what keeps it from working, and the backlog of the outbox',
      responses: { 200: { description: 'The status', schema: statusAnswer } },
      handle: async (_request, response) => {
        const { events, oldest_seconds } = await backlog(pool)
        response.json({ ...relay.status(), backlog: { events, oldestSeconds: oldest_seconds } })
      },
    },
    {
      method: 'get',
      path: '/audit',
      summary: 'Counts events that are recorded, acknowledged and quarantined, by shard, and compares them',
      responses: { 200: { description: 'The counts', schema: auditAnswer } },
      handle: async (_request, response) => {
        const shards = await audit(pool)
        response.json({ clean: shards.every((shard) => shard.difference === 0), shards })
      },
    },
    {
      method: 'get',
      path: '/quarantine',
      summary: 'Keys that are held back because Kafka refuses their oldest event',
      query: pageQuery,
      responses: { 200: { description: 'A page of keys', schema: quarantineAnswer } },
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

const summaries: Record<QuarantineCommand, string> = {
  redrive: 'Try the events of a quarantined key again, in order',
  skip: 'Leave out the refused event and go on with those behind it',
  discard: 'Leave out every event that waits for this key',
}

function commandRoute(pool: pg.Pool, command: QuarantineCommand): Route {
  return {
    method: 'post',
    path: `/quarantine/:key/${command}`,
    summary: summaries[command],
    responses: {
      202: { description: 'The relay that holds the key carries it out', schema: commandAnswer },
      404: { description: 'No such key is quarantined' },
    },
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
