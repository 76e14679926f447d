import { type Handlers, ServiceError } from '@relevo/kit'
import { act } from './act.ts'
import { maskHeaders, showPayload } from './masking.ts'
import type { Source } from './sources/findSources.ts'
import {
  commandKeys,
  groupKeys,
  type KeyFilter,
  listKeys,
  type QuarantinedKey,
  showKey,
} from './sources/quarantine.ts'
import type { undeliveredEndpoints } from './undeliveredEndpoints.ts'
import { findSource, notStored, type UndeliveredParts } from './undeliveredParts.ts'

/** What answers for the quarantined keys of outboxes. */
export function keyHandlers(
  parts: UndeliveredParts,
): Pick<Handlers<typeof undeliveredEndpoints>, 'listKeys' | 'showKey' | 'actOnKeys'> {
  const { ask, sessions, isMasked } = parts
  const find = (id: string) => findSource(parts, id, 'outbox')
  return {
    listKeys: async ({ query: { source: id, group, cursor: after, limit } }) => {
      const source = await find(id)
      const { keys, next } = await listKeys(ask, source, await filterOf(parts, source, group), {
        limit,
        after,
      })
      return { body: { count: keys.length, keys: keys.map(toKey), ...(next && { next_cursor: next }) } }
    },
    showKey: async ({ query: { source, key }, context }) => {
      await sessions.require(context.request)
      const found = await showKey(ask, await find(source), key)
      const waiting = found.events.map(({ eventId, type, createdAt, headers, payload }) => ({
        event_id: eventId,
        type,
        recorded_at: createdAt,
        headers: maskHeaders(parseHeaders(headers), isMasked),
        payload: showPayload(payload, isMasked),
      }))
      return { headers: notStored, body: { ...toKey(found.key), waiting } }
    },
    actOnKeys: async ({ params: { deed }, body, context }) => {
      const by = await sessions.require(context.request)
      const source = await find(body.source)
      const which = await whichKeys(parts, source, body)
      const work = () => commandKeys(ask, source, deed, which)
      const { note } = body
      return { body: await act(parts, { by, deed, target: source.id, meant: { ...which }, note }, work) }
    },
  }
}

type KeysMeant = { readonly group?: string | undefined; readonly key?: string | undefined }

async function whichKeys(
  parts: UndeliveredParts,
  source: Source,
  { group, key }: KeysMeant,
): Promise<KeyFilter | { readonly key: string }> {
  if (key !== undefined && group === undefined) return { key }
  if (group === undefined || key !== undefined)
    throw new ServiceError('invalidRequest', 'Say which by group, or by key.')
  return filterOf(parts, source, group)
}

/** The filter that matches every key of a group, also beyond the keys that the board reads. */
export async function filterOf({ ask }: UndeliveredParts, source: Source, group: string): Promise<KeyFilter> {
  const { keys } = await listKeys(ask, source)
  const filter = groupKeys(keys).find((each) => each.group === group)?.filter
  if (filter === undefined)
    throw new ServiceError('notFound', 'This group is gone: nothing of it is held back.')
  return filter
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
