import { countForReplay } from '@relevo/event-store'
import {
  type Call,
  type Handlers,
  hasRole,
  type Identity,
  inTransaction,
  operatorIdentity,
  type Reply,
  ServiceError,
} from '@relevo/kit'
import { openText } from '@relevo/kit/personal'
import { replayHandlers } from '@relevo/kit/replay'
import type { UsersEndpoints } from './api.ts'
import { changeUser, deleteUser, disableUser, unknownUser } from './commands/changeUser.ts'
import { limitRequest } from './commands/limits.ts'
import { login } from './commands/login.ts'
import { forgotPassword, resetPassword, verifyEmail } from './commands/recover.ts'
import { register } from './commands/register.ts'
import { termsOfSearch } from './secrets/canonical.ts'
import { openFields } from './secrets/personalKeys.ts'
import { type AccountRow, findAccount, listAccounts } from './sql/accounts.ts'
import { findMail } from './sql/mails.ts'
import type { SigningKeys } from './tokens/signingKeys.ts'
import type { Users } from './users.ts'

/** What answers the endpoints. */
export function createHandlers(users: Users, keys: SigningKeys): Handlers<UsersEndpoints> {
  return {
    ...accountHandlers(users),
    ...sessionHandlers(users),
    ...operationHandlers(users, keys),
    ...replayHandlers(users, { count: countForReplay, replay: users.store.replay }),
  }
}

type AccountEndpoints = Pick<
  UsersEndpoints,
  'register' | 'listUsers' | 'me' | 'getUser' | 'changeUser' | 'deleteUser' | 'disableUser'
>

function accountHandlers(users: Users): Handlers<AccountEndpoints> {
  const { pool } = users
  const show = async (id: string): Promise<Reply> => ({ body: toUser(users, await existing(users, id)) })
  return {
    register: async ({ body, context }) => {
      await limitRequest(users, clientOf(users, context), body.email)
      return { status: 201, body: await register(users, body) }
    },
    listUsers: async ({ query, context }) => {
      await activeUser(users, context.identity)
      return { body: await listPage(users, query) }
    },
    me: async ({ context }) => {
      const account = await activeUser(users, context.identity)
      if (account === undefined) throw needsToken()
      return { body: toUser(users, account) }
    },
    getUser: async ({ params, context }) => {
      await requireSelf(users, context.identity, params.id)
      return show(params.id)
    },
    changeUser: async ({ params, body, context }) => {
      const actor = await requireSelf(users, context.identity, params.id)
      if (body.role !== undefined && actor !== undefined && actor.role !== 'admin')
        throw new ServiceError('forbidden', 'Only admins change roles. Leave "role" out.')
      await inTransaction(pool, (client) => changeUser(client, users, params.id, body))
      return show(params.id)
    },
    deleteUser: async ({ params, context }) => {
      await requireSelf(users, context.identity, params.id)
      await inTransaction(pool, (client) => deleteUser(client, users, params.id))
      return { status: 204 }
    },
    disableUser: async ({ params, context }) => {
      await activeUser(users, context.identity)
      await inTransaction(pool, (client) => disableUser(client, users, params.id))
      return show(params.id)
    },
  }
}

type SessionEndpoints = Pick<
  UsersEndpoints,
  'login' | 'refresh' | 'logout' | 'verifyEmail' | 'forgotPassword' | 'resetPassword'
>

/** No answer with a token is kept by anybody (RFC 6749, 5.1). */
const unstored = { 'cache-control': 'no-store' }

function sessionHandlers(users: Users): Handlers<SessionEndpoints> {
  const { pool, sessions } = users
  return {
    login: async ({ body, context }) => ({
      headers: unstored,
      body: await login(users, body, clientOf(users, context)),
    }),
    refresh: async ({ body, context }) => {
      await limitRequest(users, clientOf(users, context))
      const tokens = await inTransaction(pool, (client) => sessions.refresh(client, body.refresh_token))
      if (tokens === undefined) throw needsLogin()
      return { headers: unstored, body: tokens }
    },
    logout: async ({ body, context }) => {
      await limitRequest(users, clientOf(users, context))
      await inTransaction(pool, (client) => sessions.end(client, body.refresh_token))
      return { status: 204 }
    },
    verifyEmail: async ({ body, context }) => {
      await limitRequest(users, clientOf(users, context))
      await verifyEmail(users, body.token)
      return { status: 204 }
    },
    forgotPassword: async ({ body, context }) => {
      await limitRequest(users, clientOf(users, context), body.email)
      await forgotPassword(users, body.email)
      return { status: 202, body: {} }
    },
    resetPassword: async ({ body, context }) => {
      await limitRequest(users, clientOf(users, context))
      await resetPassword(users, body.token, body.password)
      return { status: 204 }
    },
  }
}

type OperationEndpoints = Pick<UsersEndpoints, 'jwks' | 'rotateKeys' | 'personalKey' | 'mail'>

function operationHandlers(users: Users, keys: SigningKeys): Handlers<OperationEndpoints> {
  const { pool, personalKeys } = users
  return {
    jwks: () => {
      const body = keys.jwks()
      if (body.keys.length === 0) keys.signer()
      return { headers: { 'cache-control': 'public, max-age=60' }, body }
    },
    rotateKeys: async () => ({ body: { kid: await keys.rotate() } }),
    personalKey: async ({ params }) => {
      const key = await personalKeys.find(pool, params.id)
      if (key === undefined) throw unknownUser()
      return { headers: unstored, body: { key: key.toString('base64url') } }
    },
    mail: async ({ params }) => ({ headers: unstored, body: await showMail(users, params.id) }),
  }
}

async function showMail(users: Users, id: string) {
  const mail = await findMail(users.pool, id)
  const account = mail && (await findAccount(users.pool, mail.user_id))
  if (mail === undefined || account === undefined)
    throw new ServiceError('notFound', 'The mail is of no use any more. Do not send it.')
  const key = users.personalKeys.unwrap(account.id, account)
  const { name, email } = openFields(key, { user: account.id, event: account.sealed_by }, account)
  const to =
    mail.email === null ? email : openText(key, { user: account.id, event: id, field: 'email' }, mail.email)
  const token = mail.purpose === 'known' ? null : users.hash.codeOf(id)
  const { mailLinkUrl } = users.config
  const link = token && mailLinkUrl ? `${mailLinkUrl}#purpose=${mail.purpose}&token=${token}` : null
  return { id, purpose: mail.purpose, to, name, token, link }
}

function toUser({ personalKeys }: Users, account: AccountRow) {
  const { id, role, status, created_at, sealed_by: event } = account
  const { name, email } = openFields(personalKeys.unwrap(id, account), { user: id, event }, account)
  return { id, name, email, role, status, created_at }
}

async function existing({ pool }: Users, id: string): Promise<AccountRow> {
  const account = await findAccount(pool, id)
  if (account === undefined) throw unknownUser()
  return account
}

async function listPage(users: Users, { search, cursor, limit }: Call<UsersEndpoints['listUsers']>['query']) {
  const terms = (search === undefined ? [] : termsOfSearch(search)).map((term) =>
    users.hash.of('search', term),
  )
  if (search !== undefined && terms.length === 0) return { count: 0, users: [] }
  const rows = await listAccounts(users.pool, { below: cursor, terms, most: limit + 1 })
  const shown = rows.slice(0, limit)
  const next = rows.length > limit ? shown.at(-1)?.number : undefined
  return {
    count: shown.length,
    users: shown.map((row) => toUser(users, row)),
    ...(next !== undefined && { next_cursor: String(next) }),
  }
}

/**
 * The user who asks; undefined with AUTH=off and no token. Here nobody has to hear of it that a user was disabled.
 * @throws ServiceError `unauthenticated` when the user is disabled or gone.
 */
async function activeUser({ pool }: Users, identity: Identity | undefined): Promise<AccountRow | undefined> {
  if (identity === undefined) return undefined
  if (identity === operatorIdentity)
    throw new ServiceError(
      'unauthenticated',
      'This is for users. Log in: the token of operators is nobody of them.',
      {
        headers: { 'www-authenticate': 'Bearer' },
      },
    )
  const account = await findAccount(pool, identity.subject)
  if (account?.status !== 'active' || !hasRole(identity, 'customer')) throw needsToken()
  return account
}

/** Admins may do with every user what users may do with themselves. @throws ServiceError `forbidden`. */
async function requireSelf(
  users: Users,
  identity: Identity | undefined,
  id: string,
): Promise<AccountRow | undefined> {
  const actor = await activeUser(users, identity)
  if (actor === undefined || actor.id === id || actor.role === 'admin') return actor
  throw new ServiceError('forbidden', 'This is for the user and for admins.')
}

function needsToken(): ServiceError {
  return new ServiceError('unauthenticated', 'The access token is not valid. Get a new one.', {
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  })
}

function needsLogin(): ServiceError {
  return new ServiceError('unauthenticated', 'The refresh token is not valid. Log in again.', {
    headers: { 'www-authenticate': 'Bearer' },
  })
}

function clientOf({ config }: Users, { request }: Call['context']): { readonly address: string } {
  const forwarded = config.trustForwardedFor ? request.headers['x-forwarded-for'] : undefined
  const last = [forwarded ?? []].flat().at(-1)?.split(',').at(-1)?.trim()
  return { address: last || request.remote }
}
