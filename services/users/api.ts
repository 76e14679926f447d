import { defineApi, type Endpoints, pageAnswer, problemDetails, roles } from '@relevo/kit'
import { replayEndpoints } from '@relevo/kit/replay'
import { z } from 'zod'
import { mailPurposes } from '../../systems/users/userEvents.ts'
import * as requests from './requests.ts'

const user = z.object({
  id: z.uuid(),
  name: z.string(),
  email: z.string(),
  role: z.enum(roles),
  status: z.enum(['pending', 'active', 'disabled']).meta({
    description: 'Pending until the address is verified',
  }),
  created_at: z.iso.datetime(),
})

const tokens = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int().positive().meta({ description: 'Seconds' }),
  refresh_token: z.string().meta({ description: 'Of use once' }),
})

const noContent = { 204: { description: 'Done' } } as const
const tooMany = {
  429: 'Too many attempts, or passwords that wait to be hashed; Retry-After tells when again',
} as const
const unknown = { 404: 'There is no such user' } as const
const badCode = { 400: 'The token is not valid, was used or has expired' } as const

const accounts = {
  register: {
    method: 'post',
    path: '/users',
    summary: 'Registers a user; the answer does not tell whether the address is known',
    access: 'public',
    once: false,
    body: requests.registration,
    responses: {
      201: {
        description: 'A mail goes to the address. The id is that of the user when the address was not known',
        schema: user,
      },
    },
    errors: tooMany,
  },
  listUsers: {
    method: 'get',
    path: '/users',
    summary: 'The users, the newest first',
    role: 'admin',
    query: requests.userQuery,
    responses: { 200: { description: 'A page of users', schema: pageAnswer('en', 'users', user) } },
  },
  me: {
    method: 'get',
    path: '/users/me',
    summary: 'Who asks',
    role: 'customer',
    responses: { 200: { description: 'The user', schema: user } },
  },
  getUser: {
    method: 'get',
    path: '/users/:id',
    summary: 'A user, for the user and admins',
    role: 'customer',
    params: requests.userParams,
    responses: { 200: { description: 'The user', schema: user } },
    errors: unknown,
  },
  changeUser: {
    method: 'put',
    path: '/users/:id',
    summary: 'Changes a user; for the user and admins',
    role: 'customer',
    params: requests.userParams,
    body: requests.userChange,
    responses: { 200: { description: 'The user as it is now', schema: user } },
    errors: { ...unknown, 409: 'The user is disabled' },
  },
  deleteUser: {
    method: 'delete',
    path: '/users/:id',
    summary: 'Erases a user for ever; for the user and admins',
    role: 'customer',
    params: requests.userParams,
    responses: noContent,
    errors: unknown,
  },
  disableUser: {
    method: 'post',
    path: '/users/:id/disable',
    summary: 'Disables a user: sessions end, tokens are refused',
    role: 'admin',
    once: false,
    params: requests.userParams,
    responses: { 200: { description: 'The user as it is now', schema: user } },
    errors: unknown,
  },
} as const satisfies Endpoints

const authentication = {
  login: {
    method: 'post',
    path: '/auth/login',
    summary: 'Begins a session',
    access: 'public',
    once: false,
    body: requests.loginRequest,
    responses: { 200: { description: 'An access token and a refresh token', schema: tokens } },
    errors: { ...tooMany, 401: 'Address or password are wrong, or the address is not verified' },
  },
  refresh: {
    method: 'post',
    path: '/auth/refresh',
    summary: 'Goes on with a session; a token that comes a second time ends it',
    access: 'public',
    once: false,
    body: requests.refreshRequest,
    responses: { 200: { description: 'New tokens in the place of the old ones', schema: tokens } },
    errors: { ...tooMany, 401: 'The refresh token is not valid, was used or has expired' },
  },
  logout: {
    method: 'post',
    path: '/auth/logout',
    summary: 'Ends a session',
    access: 'public',
    once: false,
    body: requests.refreshRequest,
    responses: noContent,
    errors: tooMany,
  },
  verifyEmail: {
    method: 'post',
    path: '/auth/verify-email',
    summary: 'Verifies an address by the token of the mail to it',
    access: 'public',
    once: false,
    body: requests.codeRequest,
    responses: noContent,
    errors: { ...badCode, ...tooMany },
  },
  forgotPassword: {
    method: 'post',
    path: '/auth/forgot-password',
    summary:
      'Has a mail sent to set a new password by; the answer does not tell whether the address is known',
    access: 'public',
    once: false,
    body: requests.forgotRequest,
    responses: { 202: { description: 'If the address is known, a mail goes to it', schema: z.object({}) } },
    errors: tooMany,
  },
  resetPassword: {
    method: 'post',
    path: '/auth/reset-password',
    summary: 'Sets a new password by the token of the mail, and ends every session',
    access: 'public',
    once: false,
    body: requests.resetRequest,
    responses: noContent,
    errors: { ...badCode, ...tooMany },
  },
  jwks: {
    method: 'get',
    path: '/.well-known/jwks.json',
    summary: 'The keys that access tokens are verified by',
    access: 'public',
    responses: {
      200: {
        description: 'JWKS, RFC 7517',
        schema: z.object({ keys: z.array(z.looseObject({ kid: z.string() })) }),
      },
    },
  },
} as const satisfies Endpoints

const operation = {
  rotateKeys: {
    method: 'post',
    path: '/auth/keys/rotate',
    summary: 'Makes a new signing key now; it signs after SIGNING_KEY_AHEAD_MS',
    role: 'operator',
    responses: { 200: { description: 'The key', schema: z.object({ kid: z.string() }) } },
  },
  personalKey: {
    method: 'get',
    path: '/users/:id/key',
    summary: 'The key that opens the sealed fields of a user, for services that need them',
    role: 'operator',
    params: requests.userParams,
    responses: {
      200: { description: 'The key; keep it for a minute at most', schema: z.object({ key: z.base64url() }) },
    },
    errors: { 404: 'There is no such user: what was sealed for one cannot be opened any more' },
  },
  mail: {
    method: 'get',
    path: '/mails/:id',
    summary: 'What a mail says, for whoever sends it',
    role: 'operator',
    params: requests.userParams,
    responses: {
      200: {
        description: 'The mail',
        schema: z.object({
          id: z.uuid(),
          purpose: z.enum(mailPurposes),
          to: z.string(),
          name: z.string(),
          token: z.string().nullable().meta({ description: 'Null where there is nothing to confirm' }),
          link: z.string().nullable(),
        }),
      },
    },
    errors: { 404: 'It is of no use any more' },
  },
} as const satisfies Endpoints

/** The endpoints of the users. */
export const api = defineApi({
  title: 'Relevo users',
  version: '1.0.0',
  errors: problemDetails,
  endpoints: { ...accounts, ...authentication, ...operation, ...replayEndpoints },
})

export type UsersEndpoints = typeof api.endpoints
