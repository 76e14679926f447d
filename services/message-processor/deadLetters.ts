import type { Inbox } from '@relevo/inbox'
import { ServiceError } from '@relevo/kit'
import type pg from 'pg'
import { z } from 'zod'
import { type DeadLetterRow, listDeadLetters } from './sql/listDeadLetters.ts'

const limitText = 'El parámetro "limit" debe ser un número entero entre 1 y 1000'

/** Query parameters of GET /dead-letters. */
export const deadLettersQuery = z.strictObject(
  {
    cursor: z
      .string({ error: 'El parámetro "cursor" debe aparecer una sola vez' })
      .regex(/^[1-9]\d{0,15}$/, { error: 'El parámetro "cursor" no es válido' })
      .optional()
      .meta({ description: 'El "next_cursor" de la página anterior' }),
    limit: z
      .string({ error: limitText })
      .regex(/^\d{1,4}$/, { error: limitText })
      .transform(Number)
      .refine((value) => value >= 1 && value <= 1_000, { error: limitText })
      .optional()
      .meta({ description: 'Cuántas como máximo, entre 1 y 1000; por defecto 100' }),
    redriven: z
      .enum(['true', 'false'], { error: 'El parámetro "redriven" debe ser true o false' })
      .optional()
      .meta({ description: 'Con "true", también las que ya se han reenviado' }),
  },
  { error: 'Los únicos parámetros son "cursor", "limit" y "redriven"' },
)

/**
 * The dead letters of a page, newest first, as GET /dead-letters answers them.
 * @throws ServiceError `invalidRequest` with the reason in Spanish.
 */
export async function findDeadLetters(pool: pg.Pool, groupId: string, query: unknown) {
  const parsed = deadLettersQuery.safeParse(query)
  if (!parsed.success)
    throw new ServiceError('invalidRequest', parsed.error.issues.map((issue) => issue.message).join('. '))
  const { cursor = null, limit = 100, redriven } = parsed.data
  const values = [groupId, cursor, limit + 1, redriven === 'true']
  const { rows } = await pool.query<DeadLetterRow>(listDeadLetters, values)
  const shown = rows.slice(0, limit)
  const next = rows.length > limit ? shown.at(-1)?.id : undefined
  return { count: shown.length, dead_letters: shown.map(toDeadLetter), ...(next && { next_cursor: next }) }
}

function toDeadLetter({ id, offset, ...row }: DeadLetterRow) {
  return { id: Number(id), offset: Number(offset), ...row }
}

const eventIdForm = z.uuid()

/**
 * Gives the dead letter of an event new attempts.
 * @throws ServiceError `invalidRequest` or `notFound` with the reason in Spanish.
 */
export async function redriveDeadLetter(inbox: Inbox, eventId: unknown): Promise<void> {
  const parsed = eventIdForm.safeParse(eventId)
  if (!parsed.success)
    throw new ServiceError('invalidRequest', 'El identificador del evento debe ser un UUID')
  if (!(await inbox.redrive(parsed.data)))
    throw new ServiceError(
      'notFound',
      'No hay ningún evento fallido con ese identificador que se pueda reenviar',
    )
}
