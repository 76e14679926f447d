import { z } from 'zod'
import { redrivePreview, replacement } from '../schemas.ts'
import type { Source } from './findSources.ts'
import type { Ask } from './serviceClient.ts'

const group = z.object({
  group: z.string(),
  type: z.string().nullable(),
  reason: z.string(),
  error: z.string(),
  count: z.number(),
  first_at: z.string(),
  last_at: z.string(),
})
export type LetterGroup = z.output<typeof group>

const letter = z.object({
  id: z.number(),
  offset: z.number(),
  event_id: z.string().nullable(),
  type: z.string().nullable(),
  key: z.string().nullable(),
  topic: z.string(),
  partition: z.number(),
  reason: z.string(),
  error: z.string(),
  attempts: z.number(),
  state: z.string(),
  group: z.string(),
  dead_at: z.string(),
  note: z.string().nullable(),
  replaced_by: z.string().nullable(),
})
export type Letter = z.output<typeof letter>

const wholeLetter = letter.extend({
  source: z.string().nullable(),
  headers: z.record(z.string(), z.string()),
  value: z.string().nullable(),
  encoding: z.enum(['utf-8', 'base64']),
  record_time: z.string(),
  event_time: z.string().nullable(),
})

const groupsAnswer = z.object({ groups: z.array(group) })
const lettersAnswer = z.object({ dead_letters: z.array(letter), next_cursor: z.string().optional() })

/** The most groups of one consumer on the board. */
export const mostGroups = 100

/** Off the list, where a filter finds them. */
export const putAwayStates = ['archived', 'discarded'] as const
export type PutAwayState = (typeof putAwayStates)[number]

export async function listGroups(
  ask: Ask,
  { service, prefix }: Source,
  state?: PutAwayState,
): Promise<LetterGroup[]> {
  const query = { limit: mostGroups, state }
  return groupsAnswer.parse(await ask(service, `${prefix}/dead-letters/groups`, { query })).groups
}

export async function listLetters(
  ask: Ask,
  { service, prefix }: Source,
  query: {
    readonly group: string
    readonly state?: PutAwayState | undefined
    readonly cursor: string | undefined
    readonly limit: number
  },
) {
  return lettersAnswer.parse(await ask(service, `${prefix}/dead-letters`, { query }))
}

export async function showLetter(ask: Ask, { service, prefix }: Source, id: number) {
  return wholeLetter.parse(await ask(service, `${prefix}/dead-letters/${id}`))
}

/** A whole group, or one letter. */
export type WhichLetters = { readonly group: string } | { readonly id: number }

export async function previewLetters(ask: Ask, { service, prefix }: Source, query: WhichLetters) {
  return redrivePreview.parse(await ask(service, `${prefix}/dead-letters/preview`, { query }))
}

export const letterCommands = ['redrive', 'discard', 'archive', 'revive'] as const
export type LetterCommand = (typeof letterCommands)[number]

const done = z.object({
  redriven: z.number().optional(),
  discarded: z.number().optional(),
  archived: z.number().optional(),
  revived: z.number().optional(),
})

/** @returns how many letters it was done with. */
export async function commandLetters(
  ask: Ask,
  { service, prefix }: Source,
  command: LetterCommand,
  { which, note }: { readonly which: WhichLetters; readonly note: string },
): Promise<number> {
  const body = command === 'discard' || command === 'archive' ? { body: { note } } : {}
  const path = `${prefix}/dead-letters/${command}`
  const answer = await ask(service, path, { method: 'POST', query: { ...which }, ...body })
  const { redriven, discarded, archived, revived } = done.parse(answer)
  return redriven ?? discarded ?? archived ?? revived ?? 0
}

/** @throws ServiceError `unprocessable` for a payload that the consumer does not take. */
export async function replaceLetter(
  ask: Ask,
  { service, prefix }: Source,
  id: number,
  { dryRun, ...body }: { readonly value: string; readonly note: string; readonly dryRun: boolean },
) {
  const path = `${prefix}/dead-letters/${id}/replace`
  const query = { dry_run: String(dryRun) }
  return replacement.parse(await ask(service, path, { method: 'POST', query, body }))
}
