import { ServiceError } from '@relevo/kit'
import { z } from 'zod'
import { type DeadLetterRow, listDeadLetters } from './sql/listDeadLetters.ts'
import type { Subscription } from './subscription.ts'

const limitText = 'The parameter "limit" must be a whole number from 1 to 1000'

/** Query parameters of the list of dead letters. */
export const deadLettersQuery = z.strictObject(
  {
    limit: z
      .string({ error: limitText })
      .regex(/^\d{1,4}$/, { error: limitText })
      .transform(Number)
      .refine((value) => value >= 1 && value <= 1_000, { error: limitText })
      .optional()
      .meta({ description: 'How many at most; default 100' }),
  },
  { error: 'The only parameter is "limit"' },
)

/**
 * The newest dead letters of a channel that were not driven again.
 * @throws ServiceError `invalidRequest` with the reason.
 */
export async function findDeadLetters({ pool, groupId }: Subscription, query: unknown) {
  const parsed = deadLettersQuery.safeParse(query)
  if (!parsed.success)
    throw new ServiceError('invalidRequest', parsed.error.issues.map(({ message }) => message).join('. '))
  const { rows } = await pool.query<DeadLetterRow>(listDeadLetters, [groupId, parsed.data.limit ?? 100])
  return {
    count: rows.length,
    dead_letters: rows.map(({ offset, ...row }) => ({ offset: Number(offset), ...row })),
  }
}

const eventIdForm = z.uuid()

/**
 * Gives the dead letter of an event new attempts on the channel.
 * @throws ServiceError `invalidRequest` or `notFound` with the reason.
 */
export async function redriveDeadLetter({ inbox, channel }: Subscription, eventId: unknown): Promise<void> {
  const parsed = eventIdForm.safeParse(eventId)
  if (!parsed.success) throw new ServiceError('invalidRequest', 'The id of an event is a UUID.')
  if (!(await inbox.redrive(parsed.data)))
    throw new ServiceError('notFound', `Channel ${channel} has no dead letter of event ${parsed.data}.`)
}
