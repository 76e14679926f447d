import { ServiceError } from '@relevo/kit'
import type { EventState } from '@relevo/outbox'
import { z } from 'zod'
import { stateOf } from './states.ts'

/** Which part of a list, newest first, is asked for. */
export interface Page {
  /** Only what has a number below it; undefined: from the newest on. */
  readonly before: number | undefined
  readonly limit: number
}

const defaultLimit = 100
const maxLimit = 1_000

const cursor = z
  .string({ error: 'El parámetro "cursor" debe aparecer una sola vez' })
  .regex(/^[1-9]\d{0,15}$/, {
    error: 'El parámetro "cursor" no es válido: use el "next_cursor" de la página anterior',
  })
  .transform(Number)
  .optional()
  .meta({ description: 'El "next_cursor" de la página anterior' })

const limitText = `El parámetro "limit" debe ser un número entero entre 1 y ${maxLimit}`
const limit = z
  .string({ error: limitText })
  .regex(/^\d{1,4}$/, { error: limitText })
  .transform(Number)
  .refine((value) => value >= 1 && value <= maxLimit, { error: limitText })
  .optional()
  .meta({
    description: `Cuántos como máximo, entre 1 y ${maxLimit}; por defecto ${defaultLimit}; una página termina antes si llega a 1 MiB`,
  })

const stateText = 'El parámetro "estado" debe ser P, E, X, Pendiente, Enviado o Error'
const estado = z
  .string({ error: stateText })
  .refine((text) => stateOf(text) !== undefined, { error: stateText })
  .transform((text) => stateOf(text) as EventState)
  .optional()
  .meta({ description: 'Sólo los eventos en este estado: P (Pendiente), E (Enviado) o X (Error)' })

const strict = {
  error: (issue: { code: string; keys?: string[] }) =>
    issue.code === 'unrecognized_keys'
      ? `Parámetros desconocidos: ${(issue.keys ?? [])
          .slice(0, 5)
          .map((key) => JSON.stringify(key.slice(0, 50)))
          .join(', ')}`
      : 'Los parámetros no son válidos',
}

/** Query parameters of GET /eventos and GET /messages. */
export const eventsQuery = z.strictObject({ cursor, limit, estado }, strict)
export const messagesQuery = z.strictObject({ cursor, limit }, strict)

/** @throws ServiceError `invalidRequest` with the reason in Spanish. */
export function parsePage(query: unknown): Page {
  return toPage(parse(messagesQuery, query))
}

/** @throws ServiceError `invalidRequest` with the reason in Spanish. */
export function parseEventsPage(query: unknown): Page & { state: EventState | undefined } {
  const parsed = parse(eventsQuery, query)
  return { ...toPage(parsed), state: parsed.estado }
}

function parse<T>(schema: z.ZodType<T>, query: unknown): T {
  const parsed = schema.safeParse(query)
  if (parsed.success) return parsed.data
  throw new ServiceError('invalidRequest', parsed.error.issues.map((issue) => issue.message).join('. '))
}

function toPage(query: { cursor?: number | undefined; limit?: number | undefined }): Page {
  return { before: query.cursor, limit: query.limit ?? defaultLimit }
}
