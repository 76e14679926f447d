import { type Call, type Handlers, ServiceError } from '@relevo/kit'
import { act } from './act.ts'
import type { Endpoints } from './api.ts'
import { maskHeaders, showPayload } from './masking.ts'
import { redriveSlowly } from './redrive/redriveSlowly.ts'
import type { ConsoleParts } from './routes.ts'
import {
  commandLetters,
  listLetters,
  previewLetters,
  type RedrivePreview,
  showLetter,
  type WhichLetters,
} from './sources/deadLetters.ts'
import type { Source } from './sources/findSources.ts'
import {
  commandKeys,
  groupKeys,
  type KeyFilter,
  listKeys,
  type QuarantinedKey,
  showKey,
} from './sources/quarantine.ts'

type Parts = Pick<ConsoleParts, 'ask' | 'board' | 'sessions' | 'actions'> & {
  readonly isMasked: (field: string) => boolean
}

/** What a browser must not keep. */
const notStored = { 'cache-control': 'no-store' } as const

type Own = Pick<
  Handlers<Endpoints>,
  'listLetters' | 'showLetter' | 'listKeys' | 'showKey' | 'preview' | 'actOnLetters' | 'actOnKeys'
>

/** What answers for dead letters and quarantined keys: looking at them, and acting on them. */
export function undelivered(parts: Parts): Own {
  const { ask, sessions, isMasked } = parts
  const find = (id: string, kind: Source['kind']) => findSource(parts, id, kind)
  return {
    listLetters: async ({ query: { source, group, cursor, limit } }) => {
      const query = { group, cursor: cursor?.toString(), limit }
      const { dead_letters: letters, next_cursor } = await listLetters(
        ask,
        await find(source, 'consumer'),
        query,
      )
      return { body: { count: letters.length, letters, ...(next_cursor && { next_cursor }) } }
    },
    showLetter: async ({ query: { source, id }, context }) => {
      sessions.require(context.request)
      const { value, encoding, headers, ...letter } = await showLetter(
        ask,
        await find(source, 'consumer'),
        id,
      )
      const bytes = encoding === 'base64' && value !== null ? Buffer.from(value, 'base64').length : undefined
      const payload = showPayload(value, isMasked, bytes)
      return { headers: notStored, body: { ...letter, headers: maskHeaders(headers, isMasked), payload } }
    },
    listKeys: async ({ query: { source, group } }) => {
      const { keys, more } = await keysOf(parts, await find(source, 'outbox'), group)
      return { body: { count: keys.length, more, keys: keys.map(toKey) } }
    },
    showKey: async ({ query: { source, key }, context }) => {
      sessions.require(context.request)
      const found = await showKey(ask, await find(source, 'outbox'), key)
      const waiting = found.events.map(({ eventId, type, createdAt, headers, payload }) => ({
        event_id: eventId,
        type,
        recorded_at: createdAt,
        headers: maskHeaders(parseHeaders(headers), isMasked),
        payload: showPayload(payload, isMasked),
      }))
      return { headers: notStored, body: { ...toKey(found.key), waiting } }
    },
    preview: async ({ query }) => ({ body: await preview(parts, query) }),
    actOnLetters: async ({ params: { deed }, body, context }) => {
      const { name: by } = sessions.require(context.request)
      const source = await find(body.source, 'consumer')
      const which = whichLetters(body)
      const { per_second: perSecond } = body
      if (perSecond !== undefined) {
        if (deed !== 'redrive' || !('group' in which))
          throw new ServiceError('invalidRequest', 'Only a group is redriven step by step.')
        const redrive = { source, group: which.group, perSecond, note: body.note }
        const meant = { ...which, per_second: perSecond }
        const slow = { by, deed, target: source.id, meant, note: body.note } as const
        const action = await parts.actions.runSlowly(slow, (progress) =>
          redriveSlowly(ask, redrive, progress),
        )
        return { body: { done: 0, action } }
      }
      const work = () => commandLetters(ask, source, deed, { which, note: body.note })
      const { note } = body
      return { body: await act(parts, { by, deed, target: source.id, meant: which, note }, work) }
    },
    actOnKeys: async ({ params: { deed }, body, context }) => {
      const { name: by } = sessions.require(context.request)
      const source = await find(body.source, 'outbox')
      const which = await whichKeys(parts, source, body)
      const work = () => commandKeys(ask, source, deed, which)
      const { note } = body
      return { body: await act(parts, { by, deed, target: source.id, meant: { ...which }, note }, work) }
    },
  }
}

async function findSource({ board }: Parts, id: string, kind: Source['kind']): Promise<Source> {
  const source = await board.source(id)
  if (source.kind === kind) return source
  const [is, wanted] = source.kind === 'outbox' ? ['an outbox', 'consumer'] : ['a consumer', 'outbox']
  throw new ServiceError('notFound', `There is no ${wanted} ${id}: it is ${is}.`)
}

function whichLetters({ group, id }: { group?: string | undefined; id?: number | undefined }): WhichLetters {
  if (group !== undefined && id === undefined) return { group }
  if (id !== undefined && group === undefined) return { id }
  throw new ServiceError('invalidRequest', 'Say which by group, or by id.')
}

type KeysMeant = { readonly group?: string | undefined; readonly key?: string | undefined }

async function whichKeys(
  { ask }: Parts,
  source: Source,
  { group, key }: KeysMeant,
): Promise<KeyFilter | { readonly key: string }> {
  if (key !== undefined && group === undefined) return { key }
  if (group === undefined || key !== undefined)
    throw new ServiceError('invalidRequest', 'Say which by group, or by key.')
  return findFilter((await listKeys(ask, source)).keys, group)
}

function findFilter(keys: readonly QuarantinedKey[], group: string): KeyFilter {
  const filter = groupKeys(keys).find((each) => each.group === group)?.filter
  if (filter === undefined)
    throw new ServiceError('notFound', 'This group is gone: nothing of it is held back.')
  return filter
}

/** The keys of a group, asked for by its filter: there may be more than the board has seen. */
async function keysOf({ ask }: Parts, source: Source, group: string) {
  return listKeys(ask, source, findFilter((await listKeys(ask, source)).keys, group))
}

async function preview(
  parts: Parts,
  { source: id, ...which }: Call<Endpoints['preview']>['query'],
): Promise<RedrivePreview> {
  const source = await parts.board.source(id)
  if (source.kind === 'consumer') return previewLetters(parts.ask, source, whichLetters(which))
  if (which.key !== undefined) {
    const { key } = await showKey(parts.ask, source, which.key)
    return { events: key.events, keys: 1, waiting: 0, impossible: 0 }
  }
  if (which.group === undefined) throw new ServiceError('invalidRequest', 'Say which by group, or by key.')
  // A command means those that wait for an operator; the relay goes on with the others by itself.
  const { keys } = await keysOf(parts, source, which.group)
  const waiting = keys.filter(({ state }) => state === 'quarantined')
  const events = waiting.reduce((sum, key) => sum + key.events, 0)
  return { events, keys: waiting.length, waiting: 0, impossible: 0 }
}

function toKey({ key, state, attempts, error, since, retryAt, head, events }: QuarantinedKey) {
  return {
    key,
    state,
    attempts,
    error,
    since,
    retry_at: retryAt,
    event_id: head?.eventId ?? null,
    type: head?.type ?? null,
    events,
  }
}

function parseHeaders(text: string | null): Record<string, string> {
  return text === null ? {} : (JSON.parse(text) as Record<string, string>)
}
