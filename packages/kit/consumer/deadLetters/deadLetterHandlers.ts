import {
  archiveDeadLetters,
  type DeadLetterState,
  deadLetterStates,
  discardDeadLetters,
  groupDeadLetters,
  listDeadLetters,
  previewRedrive,
  type ReplaceResult,
  readDeadLetter,
  reviveDeadLetters,
} from '@relevo/inbox'
import type { Call, Reply } from '../../http/endpoint.ts'
import type { Language } from '../../http/parameters.ts'
import { ServiceError } from '../../serviceError.ts'
import type { Consumer } from '../startConsumer.ts'
import { toGroup, toLetter, toWholeLetter } from './answers.ts'
import type { deadLetterEndpoints } from './deadLetterEndpoints.ts'
import { toFilter } from './filters.ts'
import { type DeadLetterTexts, deadLetterTexts } from './texts.ts'

type DeadLetterSource = Pick<Consumer, 'inbox' | 'pool' | 'groupId'>
type DeadLetterEndpoints = ReturnType<typeof deadLetterEndpoints<Record<never, never>>>

/** A call to one of the endpoints; the path has the parameters of its consumer, and perhaps others. */
type CallOf<Name extends keyof DeadLetterEndpoints, Params> = Omit<
  Call<DeadLetterEndpoints[Name]>,
  'params'
> & { readonly params: Params }

/** What answers {@link deadLetterEndpoints}; `find` finds the consumer that the parameters of the path name. */
export function deadLetterHandlers<Params extends object>(
  language: Language,
  find: (params: Params) => DeadLetterSource,
) {
  const texts = deadLetterTexts[language]
  return {
    listDeadLetters: async ({ params, query }: CallOf<'listDeadLetters', Params>): Promise<Reply> => ({
      body: await list(find(params), query),
    }),
    groupDeadLetters: async ({ params, query }: CallOf<'groupDeadLetters', Params>): Promise<Reply> => {
      const { pool, groupId } = find(params)
      const groups = await groupDeadLetters(pool, toFilter(groupId, query), query.limit, query.state)
      return { body: { count: groups.length, groups: groups.map(toGroup) } }
    },
    previewRedrive: async ({ params, query }: CallOf<'previewRedrive', Params>): Promise<Reply> => {
      const { pool, groupId } = find(params)
      return { body: await previewRedrive(pool, toFilter(groupId, query)) }
    },
    redriveAll: async ({ params, query }: CallOf<'redriveAll', Params>): Promise<Reply> => {
      const { inbox, groupId } = find(params)
      return { status: 202, body: deed('redriven', await inbox.redrive(toFilter(groupId, query))) }
    },
    redrive: async ({ params }: CallOf<'redrive', Params & { readonly eventId: string }>): Promise<Reply> => {
      const redriven = await find(params).inbox.redrive({ eventId: params.eventId })
      if (redriven === 0) throw new ServiceError('notFound', texts.unknown)
      return { status: 202, body: deed('redriven', redriven) }
    },
    discard: async ({ params, query, body }: CallOf<'discard', Params>): Promise<Reply> => {
      const { pool, groupId } = find(params)
      const filter = toFilter(groupId, deliberate(query, texts))
      return { body: deed('discarded', await discardDeadLetters(pool, filter, body.note)) }
    },
    archive: async ({ params, query, body }: CallOf<'archive', Params>): Promise<Reply> => {
      const { pool, groupId } = find(params)
      const filter = toFilter(groupId, deliberate(query, texts))
      return { body: deed('archived', await archiveDeadLetters(pool, filter, body.note)) }
    },
    revive: async ({ params, query }: CallOf<'revive', Params>): Promise<Reply> => {
      const { pool, groupId } = find(params)
      const filter = toFilter(groupId, deliberate(query, texts))
      return { body: deed('revived', await reviveDeadLetters(pool, filter)) }
    },
    showDeadLetter: ({
      params,
    }: CallOf<'showDeadLetter', Params & { readonly id: number }>): Promise<Reply> =>
      show(find(params), params.id, texts),
    replace: async ({
      params,
      query,
      body,
    }: CallOf<'replace', Params & { readonly id: number }>): Promise<Reply> => {
      const request = { id: String(params.id), ...body, dryRun: query.dry_run === 'true' }
      return { body: replacement(await find(params).inbox.replace(request), texts) }
    },
  }
}

/** @throws ServiceError `unprocessable` for a payload that the consumer does not take; `notFound`. */
function replacement(result: ReplaceResult, { noLetter }: DeadLetterTexts): object {
  if (result.outcome === 'gone') throw new ServiceError('notFound', noLetter)
  if (result.outcome === 'invalid')
    throw new ServiceError('unprocessable', `${result.reason}: ${result.error}`)
  const { eventId, type, key, waiting } = result
  const replaced = eventId === undefined ? 0 : 1
  return { ...deed('replaced', replaced), event_id: eventId ?? null, type, key, waiting }
}

type ListQuery = Call<DeadLetterEndpoints['listDeadLetters']>['query']

async function list({ pool, groupId }: DeadLetterSource, query: ListQuery): Promise<object> {
  const { cursor, limit } = query
  const page = { states: statesOf(query), limit, cursor: cursor?.toString() }
  const { letters, nextCursor } = await listDeadLetters(pool, toFilter(groupId, query), page)
  const next = nextCursor === undefined ? {} : { next_cursor: nextCursor }
  return { count: letters.length, dead_letters: letters.map(toLetter), ...next }
}

function statesOf({ state, redriven }: ListQuery): readonly DeadLetterState[] {
  if (state !== undefined) return [state]
  return redriven === 'true' ? deadLetterStates : ['dead']
}

async function show({ pool, groupId }: DeadLetterSource, id: number, texts: DeadLetterTexts): Promise<Reply> {
  const letter = await readDeadLetter(pool, toFilter(groupId, { id }))
  if (letter === undefined) throw new ServiceError('notFound', texts.noLetter)
  return { body: toWholeLetter(letter) }
}

/** @throws ServiceError `invalidRequest` unless a filter, or `all`, says which are meant. */
function deliberate<Query extends object>(query: Query, { which }: DeadLetterTexts): Query {
  if (Object.keys(query).length === 0) throw new ServiceError('invalidRequest', which)
  return query
}

function deed(name: string, count: number): object {
  return { success: true, [name]: count }
}
