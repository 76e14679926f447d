import { defineApi, pageAnswer, problemDetails } from '@relevo/kit'
import { consumerEndpoints } from '@relevo/kit/consumer'
import { z } from 'zod'
import { preferences, profileLanguages } from '../../systems/users/profileEvents.ts'
import * as requests from './requests.ts'

const time = z.iso.datetime()

const profile = z.object({
  id: z.uuid().meta({ description: "The user's" }),
  name: z.string().nullable().meta({ description: 'Null until the user was heard of' }),
  email: z.string().nullable(),
  address: requests.address.nullable(),
  phone: z.string().nullable(),
  language: z.enum(profileLanguages),
  notifications: preferences,
  version: z.int().positive().meta({ description: 'Counts the changes; the ETag' }),
  created_at: time,
  updated_at: time,
})

const none = { 404: 'There is no such profile' } as const
const changing = {
  ...none,
  412: 'It was changed since: the ETag of If-Match is another one',
  428: 'If-Match is missing',
} as const
const one = (description: string) => ({ description, schema: profile })

/** The endpoints of the profiles. */
export const api = defineApi({
  title: 'Relevo profiles',
  version: '1.0.0',
  errors: problemDetails,
  endpoints: {
    listProfiles: {
      method: 'get',
      path: '/profiles',
      summary: 'The profiles that who asks may see: all of them, or just the own one',
      role: 'customer',
      query: requests.listQuery,
      responses: { 200: { description: 'A page', schema: pageAnswer('en', 'profiles', profile) } },
    },
    createProfile: {
      method: 'post',
      path: '/profiles',
      summary: 'Makes a profile before its user was heard of, or anew when it was deleted',
      role: 'customer',
      body: requests.createRequest,
      responses: { 201: one('The profile; for a repetition as it is by now') },
      errors: { 404: 'There is no such user', 409: 'There is one already' },
    },
    getProfile: {
      method: 'get',
      path: '/profiles/:id',
      summary: 'A profile, with its ETag',
      role: 'customer',
      params: requests.profileParams,
      headers: requests.readHeaders,
      responses: { 200: one('The profile'), 304: { description: 'It is as the client has it' } },
      errors: none,
    },
    replaceProfile: {
      method: 'put',
      path: '/profiles/:id',
      summary: 'Replaces what the profile holds of its own; what is left out is none, or the default',
      role: 'customer',
      params: requests.profileParams,
      headers: requests.changeHeaders,
      body: requests.replaceRequest,
      responses: { 200: one('The profile as it is now') },
      errors: changing,
    },
    patchProfile: {
      method: 'patch',
      path: '/profiles/:id',
      summary: 'Changes parts of it by a JSON merge patch, RFC 7396',
      role: 'customer',
      params: requests.profileParams,
      headers: requests.changeHeaders,
      body: requests.patchRequest,
      bodyTypes: ['application/merge-patch+json', 'application/json'],
      responses: { 200: one('The profile as it is now') },
      errors: changing,
    },
    deleteProfile: {
      method: 'delete',
      path: '/profiles/:id',
      summary: 'Deletes what it holds of its own; the user stays',
      role: 'customer',
      params: requests.profileParams,
      headers: requests.changeHeaders,
      responses: { 204: { description: 'Deleted' } },
      errors: changing,
    },
    ...consumerEndpoints('en'),
  },
})

export type Endpoints = typeof api.endpoints
