import { z } from 'zod'
import type { Ask } from './serviceClient.ts'

/** Where undelivered events are: a consumer with its dead letters, or an outbox with its quarantine. */
export interface Source {
  /** `message-processor`, `notifications/file`, `relay-shop/orders`. */
  readonly id: string
  readonly kind: 'consumer' | 'outbox'
  readonly service: string
  /** Of the paths of a consumer that is one of several. */
  readonly prefix: string
  /** Of an outbox. */
  readonly outbox?: string
}

/** What a service reports about others, or about the shop. */
export const tellings = ['dashboard', 'windows', 'sagas', 'consumptions'] as const
export type Telling = (typeof tellings)[number]

const tellingPaths: Readonly<Record<Telling, string>> = {
  dashboard: '/dashboard',
  windows: '/windows/current',
  sagas: '/sagas',
  consumptions: '/consumptions/{eventId}',
}

/** What a service has for the console. */
export interface Found {
  readonly sources: readonly Source[]
  readonly tells: readonly Telling[]
}

const description = z.object({ paths: z.record(z.string(), z.unknown()) })
const outboxes = z.object({ outboxes: z.array(z.object({ outbox: z.string() })) })

const ending = '/dead-letters/groups'

/**
 * What a service has, by its own description: a service that is new needs nothing here.
 * @throws ServiceError `unavailable` when it does not answer.
 */
export async function findSources(ask: Ask, service: string): Promise<Found> {
  const paths = Object.keys(description.parse(await ask(service, '/openapi.json')).paths)
  const consumers = await Promise.all(
    paths.filter((path) => path.endsWith(ending)).map((path) => findConsumers(ask, service, path)),
  )
  const outboxes = paths.includes('/quarantine') ? await findOutboxes(ask, service) : []
  return {
    sources: [...consumers.flat(), ...outboxes],
    tells: tellings.filter((telling) => paths.includes(tellingPaths[telling])),
  }
}

async function findOutboxes(ask: Ask, service: string): Promise<Source[]> {
  const found = outboxes.parse(await ask(service, '/outboxes')).outboxes
  return found.map(({ outbox }) => ({
    id: `${service}/${outbox}`,
    kind: 'outbox',
    service,
    prefix: '',
    outbox,
  }))
}

/** One consumer, or, at `/channels/{channel}/dead-letters/groups`, one for each that `/channels` lists. */
async function findConsumers(ask: Ask, service: string, path: string): Promise<Source[]> {
  const consumer = { kind: 'consumer', service } as const
  const prefix = path.slice(0, -ending.length)
  if (prefix === '') return [{ ...consumer, id: service, prefix }]
  const [, list = '', name = ''] = /^\/([\w-]+)\/\{(\w+)\}$/.exec(prefix) ?? []
  if (list === '') return []
  const names = z.array(z.object({ [name]: z.string() }))
  const answer = z.object({ [list]: names }).parse(await ask(service, `/${list}`))
  return (answer[list] as Record<string, string>[]).map((each) => {
    const own = each[name] ?? ''
    return { ...consumer, id: `${service}/${own}`, prefix: `/${list}/${encodeURIComponent(own)}` }
  })
}
