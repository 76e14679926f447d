import {
  defineApi,
  type Endpoint,
  integerParameter,
  pageAnswer,
  pageQuery,
  problemDetails,
} from '@relevo/kit'
import { z } from 'zod'
import { auditEndpoints } from './audit/auditEndpoints.ts'
import { eventEndpoints } from './events/eventEndpoints.ts'
import { kafkaEndpoints } from './kafka/kafkaEndpoints.ts'
import {
  action,
  board,
  count,
  done,
  history,
  listedSaga,
  logInBody,
  note,
  operatorErrors,
  sagaService,
  sagaStatuses,
  session,
  wholeSaga,
} from './schemas.ts'
import { sagaCommands } from './sources/sagas.ts'
import { undeliveredEndpoints } from './undeliveredEndpoints.ts'

const html = { 200: { description: 'The page', schema: z.string(), mediaType: 'text/html' } }
const page = (path: string) =>
  ({
    method: 'get',
    path,
    summary: 'A page of the console',
    access: 'public',
    headers: z.object({ 'accept-language': z.string().optional() }),
    responses: html,
  }) as const satisfies Endpoint

/** The pages of the console, and what they ask. `access`: it has sessions of its own, which the gateway knows nothing of. */
export const api = defineApi({
  title: 'Relevo console',
  version: '1.0.0',
  errors: problemDetails,
  endpoints: {
    home: page('/'),
    undeliveredPage: page('/undelivered'),
    groupPage: page('/group'),
    sagasPage: page('/sagas'),
    sagaPage: page('/saga'),
    eventsPage: page('/events'),
    tracePage: page('/trace'),
    kafkaPage: page('/kafka'),
    topicPage: page('/kafka/topic'),
    consumerGroupPage: page('/kafka/group'),
    actionsPage: page('/actions'),
    auditPage: page('/audit'),
    asset: {
      method: 'get',
      path: '/console/assets/:name',
      summary: 'A file of the pages',
      access: 'public',
      params: z.object({ name: z.string() }),
      headers: z.object({ 'accept-encoding': z.string().optional() }),
      responses: { 200: { description: 'The file', schema: z.string(), mediaType: 'text/javascript' } },
      errors: { 404: 'There is no such file: load the page again' },
    },
    showSession: {
      method: 'get',
      path: '/console/session',
      summary: 'Who asks, and may they act',
      access: 'public',
      responses: { 200: { description: 'The session', schema: session } },
    },
    logIn: {
      method: 'post',
      path: '/console/session',
      summary: 'Begins the session of an operator',
      access: 'public',
      once: false,
      body: logInBody,
      responses: { 200: { description: 'It has begun', schema: z.object({ operator: z.string() }) } },
      errors: {
        401: 'Another token, or another password',
        403: 'An account that may not act',
        429: 'Too many of them have failed; Retry-After tells when again',
      },
    },
    logOut: {
      method: 'delete',
      path: '/console/session',
      summary: 'Ends the session',
      access: 'public',
      responses: { 200: { description: 'It has ended', schema: z.object({ success: z.literal(true) }) } },
    },
    showBoard: {
      method: 'get',
      path: '/console/board',
      summary: 'What was given up or is held back anywhere, in groups that failed alike',
      access: 'public',
      responses: { 200: { description: 'The board', schema: board } },
    },
    showHistory: {
      method: 'get',
      path: '/console/history',
      summary: 'Figures of the last minutes, in at most 361 steps',
      access: 'public',
      query: z.strictObject({
        minutes: integerParameter({ min: 1, max: 43_200, description: 'How far back' }).default(15),
      }),
      responses: { 200: { description: 'The figures', schema: history } },
    },
    listen: {
      method: 'get',
      path: '/console/live',
      summary: 'The board whenever it changes, as server-sent events, at most once a second',
      access: 'public',
      responses: {
        200: { description: 'They come as they happen', schema: z.string(), mediaType: 'text/event-stream' },
      },
    },
    ...undeliveredEndpoints,
    listSagas: {
      method: 'get',
      path: '/console/sagas',
      summary: 'Sagas of a service, the newest first',
      access: 'public',
      query: z.strictObject({
        service: sagaService.optional(),
        status: z.enum(sagaStatuses).optional(),
        step: z.string().optional(),
        key: z.string().optional(),
        stuck: z.enum(['true', 'false']).optional(),
        older_than_seconds: integerParameter({ min: 0, max: 1_000_000_000 }).optional(),
        cursor: z.uuid().optional(),
        limit: pageQuery('en').shape.limit,
      }),
      responses: {
        200: {
          description: 'A page of them',
          schema: z.object({
            count,
            services: z.array(sagaService).meta({ description: 'Those that have sagas' }),
            sagas: z.array(listedSaga),
            next_cursor: z.uuid().optional(),
          }),
        },
      },
      errors: { 404: 'The service has no sagas' },
    },
    showSaga: {
      method: 'get',
      path: '/console/saga',
      summary: 'A saga with its history; its data, masked, for operators',
      access: 'public',
      query: z.strictObject({ service: sagaService, id: z.uuid() }),
      responses: { 200: { description: 'The saga', schema: wholeSaga } },
      errors: { 404: 'There is no such saga, or the service has none' },
    },
    actOnSaga: {
      method: 'post',
      path: '/console/sagas/:deed',
      summary: 'Has a saga retry the step it waits for, be compensated, or be given up',
      access: 'public',
      once: false,
      params: z.object({ deed: z.enum(sagaCommands) }),
      body: z.strictObject({ service: sagaService, id: z.uuid(), note }),
      responses: { 200: { description: 'It is asked for', schema: done } },
      errors: { ...operatorErrors, 404: 'There is no such saga', 409: 'It is too late for that' },
    },
    ...auditEndpoints,
    ...eventEndpoints,
    ...kafkaEndpoints,
    abortAction: {
      method: 'post',
      path: '/console/actions/:id/abort',
      summary: 'Stops an action that is done step by step; what is done stays done',
      access: 'public',
      once: false,
      params: z.object({ id: z.uuid() }),
      responses: { 200: { description: 'It stops', schema: z.object({ success: z.literal(true) }) } },
      errors: { ...operatorErrors, 404: 'It is not under way, or cannot be stopped' },
    },
    listActions: {
      method: 'get',
      path: '/console/actions',
      summary: 'What operators did by the console, the newest first',
      access: 'public',
      query: pageQuery('en'),
      responses: { 200: { description: 'A page of actions', schema: pageAnswer('en', 'actions', action) } },
    },
  },
})

export type Endpoints = typeof api.endpoints
