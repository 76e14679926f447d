import {
  type Call,
  entityTag,
  type Handlers,
  type Identity,
  inTransaction,
  isUnchanged,
  operatorIdentity,
  type Reply,
  ServiceError,
} from '@relevo/kit'
import type { consumerEndpoints } from '@relevo/kit/consumer'
import type { UserKeys } from '@relevo/kit/personal'
import type pg from 'pg'
import type { Endpoints } from './api.ts'
import {
  type ChangeContext,
  changeProfile,
  createProfile,
  deleteProfile,
  unknownProfile,
} from './commands/changeProfile.ts'
import { mergePatch } from './domain/mergePatch.ts'
import type { ProfileLanguage } from './domain/profile.ts'
import { openChoices, openUser } from './personal.ts'
import { formatCursor, type OpenChoices, parseCursor, replaceRequest, toChoices } from './requests.ts'
import { findProfile } from './sql/findProfile.ts'
import { listProfiles } from './sql/listProfiles.ts'
import type { StoredProfile } from './sql/profileRow.ts'

export interface ProfilesParts {
  readonly pool: pg.Pool
  readonly keys: UserKeys
  /** The default. */
  readonly language: ProfileLanguage
}

type Own = Exclude<keyof Endpoints, keyof ReturnType<typeof consumerEndpoints>>

export function createHandlers(parts: ProfilesParts): Pick<Handlers<Endpoints>, Own> {
  const { pool, language } = parts
  return {
    listProfiles: async ({ query, context }) => ({
      headers: ofOne,
      body: await listPage(parts, query, context.identity),
    }),
    createProfile: createHandler(parts),
    getProfile: async ({ params: { id }, headers, context }) => {
      requireOwn(context.identity, id)
      const profile = await findProfile(pool, id)
      const reply = await show(parts, profile, id)
      const isSame = profile && isUnchanged(headers['if-none-match'], entityTag(profile.version))
      return isSame ? { status: 304, ...(reply.headers && { headers: reply.headers }) } : reply
    },
    replaceProfile: (call) => change(parts, call, () => toChoices(call.body, language)),
    patchProfile: (call) => change(parts, call, (current) => patched(current, call.body, language)),
    deleteProfile: async ({ params: { id }, headers, context }) => {
      requireOwn(context.identity, id)
      await inTransaction(pool, (client) => deleteProfile(client, { id, language }, headers['if-match']))
      return { status: 204 }
    },
  }
}

/** Customers see and change their own profile only; whether there is another one, they are not told. */
export function requireOwn(identity: Identity | undefined, id: string): void {
  if (identity?.role !== 'customer' || identity.subject === id) return
  throw new ServiceError('forbidden', 'Customers have access to their own profile only.')
}

/** Personal: no cache that others use, and none without asking. */
const ofOne = { 'cache-control': 'private, no-cache' }

async function show({ keys }: ProfilesParts, profile: StoredProfile | undefined, id: string): Promise<Reply> {
  const key = profile && (await keys.find(id))
  // Its user is erased, and the event that says so is on its way.
  if (!profile || !key) throw unknownProfile(id)
  return { headers: { ...ofOne, etag: entityTag(profile.version) }, body: toAnswer(key, profile) }
}

function toAnswer(key: Uint8Array, profile: StoredProfile) {
  const { id, version, createdAt, updatedAt } = profile
  const texts = { ...openUser(key, profile), ...openChoices(key, profile) }
  return { id, ...texts, version, created_at: createdAt, updated_at: updatedAt }
}

/** Stored with an Idempotency-Key is the id only: an answer with what is personal would be kept in the clear. */
function createHandler(parts: ProfilesParts) {
  const { keys, language } = parts
  return {
    record: async ({ body, context }: Call<Endpoints['createProfile']>, client: pg.PoolClient) => {
      const { identity } = context
      const id = body.id ?? (identity === operatorIdentity ? undefined : identity?.subject)
      if (id === undefined)
        throw new ServiceError('invalidRequest', '"id" is missing: send that of the user.')
      requireOwn(identity, id)
      const key = await keys.find(id)
      if (!key) throw new ServiceError('notFound', `There is no user ${id}.`)
      await createProfile(client, { id, key, language }, toChoices(body, language))
      return { id }
    },
    answer: async ({ id }: { readonly id: string }) => {
      const { headers, body } = await show(parts, await findProfile(parts.pool, id), id)
      return { status: 201, headers: { ...headers, location: `/profiles/${id}` }, body }
    },
  }
}

type Changing = Call<Endpoints['replaceProfile']> | Call<Endpoints['patchProfile']>

async function change(
  parts: ProfilesParts,
  { params: { id }, headers, context }: Changing,
  decide: (current: OpenChoices) => OpenChoices,
): Promise<Reply> {
  requireOwn(context.identity, id)
  // Asked for before the row is locked.
  const key = await parts.keys.find(id)
  if (!key) throw unknownProfile(id)
  const about: ChangeContext = { id, key, language: parts.language }
  const changed = await inTransaction(parts.pool, (client) =>
    changeProfile(client, about, headers['if-match'], decide),
  )
  return show(parts, changed, id)
}

/** @throws ServiceError `invalidRequest` when what the patch makes of the profile is none. */
function patched(current: OpenChoices, patch: object, language: ProfileLanguage): OpenChoices {
  const parsed = replaceRequest.safeParse(mergePatch(current, patch), {
    error: ({ code, path = [] }) =>
      code === 'invalid_type' ? `"${path.join('.')}" is missing, or not as it has to be` : undefined,
  })
  if (parsed.success) return toChoices(parsed.data, language)
  const reasons = parsed.error.issues.map(({ message }) => message)
  throw new ServiceError('invalidRequest', `What the patch leaves is no profile: ${reasons.join('. ')}.`)
}

async function listPage(
  parts: ProfilesParts,
  query: Call<Endpoints['listProfiles']>['query'],
  identity: Identity | undefined,
) {
  const { cursor, limit, sort, language, order_updates: orderUpdates, account_news: accountNews } = query
  const id = identity?.role === 'customer' ? identity.subject : undefined
  const after = cursor === undefined ? undefined : parseCursor(cursor)?.place
  const filter = { id, language, orderUpdates, accountNews, updatedFrom: query.updated_from }
  const found = await listProfiles(parts.pool, filter, { sort, after, limit: limit + 1 })
  const shown = found.slice(0, limit)
  const last = found.length > limit ? shown.at(-1) : undefined
  const profiles = await openAll(
    parts,
    shown.map(({ profile }) => profile),
  )
  return { count: profiles.length, profiles, ...(last && { next_cursor: formatCursor(sort, last.place) }) }
}

/** Keys asked for at the same time, for one page. */
const mostAsked = 8

/** Those whose users are there, in their order. */
async function openAll({ keys }: ProfilesParts, profiles: readonly StoredProfile[]) {
  const answers: (ReturnType<typeof toAnswer> | undefined)[] = []
  let next = 0
  const lane = async () => {
    while (next < profiles.length) {
      const place = next++
      const profile = profiles[place] as StoredProfile
      const key = await keys.find(profile.id)
      answers[place] = key && toAnswer(key, profile)
    }
  }
  await Promise.all(Array.from({ length: Math.min(mostAsked, profiles.length) }, lane))
  return answers.filter((answer) => answer !== undefined)
}
