import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Source } from './findSources.ts'
import type { Ask } from './serviceClient.ts'

const head = z.object({ id: z.number(), eventId: z.string(), topic: z.string(), type: z.string() })

const quarantinedKey = z.object({
  key: z.string(),
  scope: z.enum(['record', 'topic', 'partition']),
  state: z.enum(['retrying', 'quarantined']),
  attempts: z.number(),
  errorCode: z.string(),
  error: z.string(),
  since: z.string(),
  retryAt: z.string().nullable(),
  head: head.nullable(),
  events: z.number(),
})
export type QuarantinedKey = z.output<typeof quarantinedKey>

const page = z.object({ keys: z.array(quarantinedKey), next: z.string().optional() })

/** Which keys of an outbox; of the rejected event at the head of each. */
export interface KeyFilter {
  readonly topic: string
  readonly type: string
  readonly code: string
  readonly state?: QuarantinedKey['state']
}

/** Keys of one outbox whose events were rejected alike. */
export interface KeyGroup {
  readonly group: string
  readonly filter: KeyFilter | undefined
  readonly error: string
  readonly keys: number
  readonly events: number
  /** Keys that the relay tries again by itself. */
  readonly retrying: number
  readonly firstAt: string
  readonly lastAt: string
}

/** The relay's limit for a page. */
const mostKeys = 1_000
/** The relay's limit for one command. */
const mostCommanded = 10_000

export interface KeyPage {
  readonly limit?: number
  /** The `next` of the page before. */
  readonly after?: string | undefined
}

/** A page of quarantined keys, 1,000 by default. */
export async function listKeys(
  ask: Ask,
  { service, outbox }: Pick<Source, 'service' | 'outbox'>,
  filter: Partial<KeyFilter> = {},
  { limit = mostKeys, after }: KeyPage = {},
): Promise<{ readonly keys: readonly QuarantinedKey[]; readonly next?: string | undefined }> {
  return page.parse(await ask(service, '/quarantine', { query: { outbox, limit, after, ...filter } }))
}

/** Counts the keys that a command affects, and their waiting events. */
export async function countKeys(
  ask: Ask,
  source: Pick<Source, 'service' | 'outbox'>,
  filter: KeyFilter,
): Promise<{ readonly keys: number; readonly events: number }> {
  let [keys, events] = [0, 0]
  let after: string | undefined
  do {
    // The relay retries the others by itself.
    const found = await listKeys(ask, source, { ...filter, state: 'quarantined' }, { after })
    keys += found.keys.length
    for (const key of found.keys) events += key.events
    after = found.next
  } while (after !== undefined && keys < mostCommanded)
  return { keys, events }
}

/** The largest group first. */
export function groupKeys(keys: readonly QuarantinedKey[]): KeyGroup[] {
  const groups = Map.groupBy(keys, ({ errorCode, head: first }) =>
    JSON.stringify([first?.topic, first?.type, errorCode]),
  )
  return [...groups].map(([name, own]) => toGroup(name, own)).sort((a, b) => b.events - a.events)
}

function toGroup(name: string, keys: readonly QuarantinedKey[]): KeyGroup {
  const bySince = keys.toSorted((a, b) => a.since.localeCompare(b.since))
  const [first, last] = [bySince[0], bySince.at(-1)]
  const of = first?.head
  return {
    group: createHash('sha256').update(name).digest('hex').slice(0, 12),
    filter: of ? { topic: of.topic, type: of.type, code: first.errorCode } : undefined,
    error: last?.error ?? '',
    keys: keys.length,
    events: keys.reduce((sum, { events }) => sum + events, 0),
    retrying: keys.filter(({ state }) => state === 'retrying').length,
    firstAt: first?.since ?? '',
    lastAt: last?.since ?? '',
  }
}

const wholeKey = z.object({
  key: quarantinedKey,
  events: z.array(
    z.object({
      id: z.number(),
      eventId: z.string(),
      topic: z.string(),
      type: z.string(),
      headers: z.string().nullable(),
      payload: z.string(),
      createdAt: z.string(),
      attempts: z.number(),
      error: z.string().nullable(),
    }),
  ),
})

export async function showKey(ask: Ask, { service, outbox }: Source, key: string) {
  return wholeKey.parse(await ask(service, `/quarantine/${encodeURIComponent(key)}`, { query: { outbox } }))
}

export const keyCommands = ['redrive', 'skip', 'discard'] as const
export type KeyCommand = (typeof keyCommands)[number]

const told = z.object({ keys: z.number() })

/** Tells the relays to do it with one key, or with every key of the group that waits for an operator. @returns how many. */
export async function commandKeys(
  ask: Ask,
  { service, outbox }: Source,
  command: KeyCommand,
  which: { readonly key: string } | KeyFilter,
): Promise<number> {
  if ('key' in which) {
    const path = `/quarantine/${encodeURIComponent(which.key)}/${command}`
    await ask(service, path, { method: 'POST', query: { outbox } })
    return 1
  }
  const query = { command, outbox, ...which }
  return told.parse(await ask(service, '/quarantine', { method: 'POST', query })).keys
}
