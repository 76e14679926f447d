import { type Endpoint, integerParameter, pageAnswer, pageQuery } from '@relevo/kit'
import { z } from 'zod'
import {
  content,
  done,
  group,
  key,
  keyCursor,
  letter,
  letterId,
  note,
  operatorErrors,
  putAway,
  quarantinedKey,
  redrivePreview,
  replacement,
  source,
  waitingEvent,
} from './schemas.ts'
import { letterCommands, putAwayStates } from './sources/deadLetters.ts'
import { keyCommands } from './sources/quarantine.ts'

/** What the pages ask of what was not delivered, and what operators do about it. */
export const undeliveredEndpoints = {
  listLetters: {
    method: 'get',
    path: '/console/letters',
    summary: 'Dead letters of a group, the newest first',
    access: 'public',
    query: z.strictObject({
      source,
      group,
      state: z.enum(putAwayStates).optional().meta({ description: 'Default: those on the list' }),
      ...pageQuery('en').shape,
    }),
    responses: { 200: { description: 'A page of them', schema: pageAnswer('en', 'letters', letter) } },
    errors: { 404: 'There is no such consumer' },
  },
  showLetter: {
    method: 'get',
    path: '/console/letter',
    summary: 'A dead letter with its payload, masked',
    access: 'public',
    query: z.strictObject({ source, id: integerParameter(letterId) }),
    responses: { 200: { description: 'The dead letter', schema: letter.extend(content.shape) } },
    errors: { ...operatorErrors, 404: 'There is no such consumer or letter' },
  },
  listKeys: {
    method: 'get',
    path: '/console/keys',
    summary: 'Keys of a group that are held back, by pages',
    access: 'public',
    query: z.strictObject({ source, group, ...pageQuery('en').shape, cursor: keyCursor.optional() }),
    responses: { 200: { description: 'A page of them', schema: pageAnswer('en', 'keys', quarantinedKey) } },
    errors: { 404: 'There is no such outbox or group' },
  },
  showKey: {
    method: 'get',
    path: '/console/key',
    summary: 'The first events of a key that wait, with their payloads, masked',
    access: 'public',
    query: z.strictObject({ source, key }),
    responses: {
      200: {
        description: 'The key',
        schema: quarantinedKey.extend({
          waiting: z.array(waitingEvent),
        }),
      },
    },
    errors: { ...operatorErrors, 404: 'There is no such outbox, or the key is not held back' },
  },
  preview: {
    method: 'get',
    path: '/console/preview',
    summary: 'What an action would do: with a group, with one dead letter, or with one key',
    access: 'public',
    query: z.strictObject({
      source,
      group: group.optional(),
      id: integerParameter(letterId).optional(),
      key: key.optional(),
    }),
    responses: { 200: { description: 'What it would do', schema: redrivePreview } },
    errors: { 404: 'There is no such consumer, outbox, group or key' },
  },
  actOnLetters: {
    method: 'post',
    path: '/console/letters/:deed',
    summary: 'Redrives, discards, archives or revives dead letters: a group, or one',
    access: 'public',
    once: false,
    params: z.object({ deed: z.enum(letterCommands) }),
    body: z.strictObject({
      source,
      group: group.optional(),
      id: z.int().min(1).optional(),
      note,
      per_second: z
        .int()
        .min(1)
        .max(100)
        .optional()
        .meta({ description: 'One after the other, no faster than this' }),
    }),
    responses: { 200: { description: 'With how many it was done', schema: done } },
    errors: { ...operatorErrors, 404: 'There is no such consumer' },
  },
  listPutAway: {
    method: 'get',
    path: '/console/put-away',
    summary: 'Dead letters that are off the list, in groups that failed alike',
    access: 'public',
    query: z.strictObject({ state: z.enum(putAwayStates) }),
    responses: { 200: { description: 'The groups', schema: putAway } },
  },
  replaceLetter: {
    method: 'post',
    path: '/console/letter/replace',
    summary:
      'Puts a new event with another payload in the place of a dead letter, or says what that would do',
    access: 'public',
    once: false,
    body: z.strictObject({
      source,
      id: z.int().min(1),
      payload: z.string().min(1).max(800_000).meta({
        description: 'JSON. Fields that are shown masked keep what they have',
      }),
      note,
      dry_run: z.boolean().default(false),
    }),
    responses: { 200: { description: 'The new event', schema: replacement } },
    errors: {
      ...operatorErrors,
      404: 'There is no such consumer, or no such letter is dead',
      422: 'The consumer would not take such an event, or a masked field has no original',
    },
  },
  actOnKeys: {
    method: 'post',
    path: '/console/keys/:deed',
    summary: 'Has the relay redrive, skip or discard events that are held back: of a group, or of one key',
    access: 'public',
    once: false,
    params: z.object({ deed: z.enum(keyCommands) }),
    body: z.strictObject({ source, group: group.optional(), key: key.optional(), note }),
    responses: { 200: { description: 'For how many keys it was asked', schema: done } },
    errors: { ...operatorErrors, 404: 'There is no such outbox, group or key' },
  },
} as const satisfies Record<string, Endpoint>
