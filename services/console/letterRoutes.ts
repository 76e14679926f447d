import { type Call, type Handlers, ServiceError } from '@relevo/kit'
import { act } from './act.ts'
import type { Actor } from './actions.ts'
import { maskHeaders, restoreMasked, showPayload } from './masking.ts'
import { redriveSlowly } from './redrive/redriveSlowly.ts'
import { readGroups } from './sources/board.ts'
import {
  commandLetters,
  listLetters,
  type PutAwayState,
  replaceLetter,
  showLetter,
  type WhichLetters,
} from './sources/deadLetters.ts'
import type { undeliveredEndpoints } from './undeliveredEndpoints.ts'
import { findSource, notStored, type UndeliveredParts } from './undeliveredParts.ts'

type Endpoints = typeof undeliveredEndpoints

/** What answers for dead letters. */
export function letterHandlers(
  parts: UndeliveredParts,
): Pick<
  Handlers<Endpoints>,
  'listLetters' | 'listPutAway' | 'showLetter' | 'replaceLetter' | 'actOnLetters'
> {
  const { ask, sessions, isMasked } = parts
  const find = (id: string) => findSource(parts, id, 'consumer')
  return {
    listLetters: async ({ query: { source, group, state, cursor, limit } }) => {
      const query = { group, state, cursor: cursor?.toString(), limit }
      const { dead_letters: letters, next_cursor } = await listLetters(ask, await find(source), query)
      return { body: { count: letters.length, letters, ...(next_cursor && { next_cursor }) } }
    },
    listPutAway: async ({ query: { state } }) => ({ body: await listPutAway(parts, state) }),
    replaceLetter: async ({ body, context }) => ({
      headers: notStored,
      body: await replace(parts, body, await sessions.require(context.request)),
    }),
    showLetter: async ({ query: { source, id }, context }) => {
      await sessions.require(context.request)
      const { value, encoding, headers, ...letter } = await showLetter(ask, await find(source), id)
      const bytes = encoding === 'base64' && value !== null ? Buffer.from(value, 'base64').length : undefined
      const payload = showPayload(value, isMasked, bytes)
      return { headers: notStored, body: { ...letter, headers: maskHeaders(headers, isMasked), payload } }
    },
    actOnLetters: async ({ params: { deed }, body, context }) => {
      const by = await sessions.require(context.request)
      const source = await find(body.source)
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
  }
}

async function listPutAway({ ask, board }: UndeliveredParts, state: PutAwayState) {
  const { sources, silent } = await board.sources()
  const consumers = sources.filter(({ kind }) => kind === 'consumer')
  const found = await Promise.all(
    consumers.map((source) => readGroups(ask, source, state).catch(() => undefined)),
  )
  const groups = found.flatMap((each) => each ?? []).sort((a, b) => b.last_at.localeCompare(a.last_at))
  const unasked = consumers.flatMap(({ id }, n) => (found[n] === undefined ? [id] : []))
  return { count: groups.length, groups, silent: [...silent, ...unasked] }
}

/** What is masked for operators stays as it is in the letter. */
async function replace(
  parts: UndeliveredParts,
  { source: name, id, payload, note, dry_run: dryRun }: Call<Endpoints['replaceLetter']>['body'],
  by: Actor,
) {
  const { ask, isMasked } = parts
  const source = await findSource(parts, name, 'consumer')
  const { value: original, encoding } = await showLetter(ask, source, id)
  const value = restoreMasked(payload, encoding === 'base64' ? null : original, isMasked)
  if (dryRun) return replaceLetter(ask, source, id, { value, note, dryRun })
  let replaced: Awaited<ReturnType<typeof replaceLetter>> | undefined
  await act(parts, { by, deed: 'replace', target: source.id, meant: { id }, note }, async () => {
    replaced = await replaceLetter(ask, source, id, { value, note, dryRun })
    return 1
  })
  return replaced
}

export function whichLetters({
  group,
  id,
}: {
  group?: string | undefined
  id?: number | undefined
}): WhichLetters {
  if (group !== undefined && id === undefined) return { group }
  if (id !== undefined && group === undefined) return { id }
  throw new ServiceError('invalidRequest', 'Say which by group, or by id.')
}
