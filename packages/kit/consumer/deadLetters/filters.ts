import { type DeadLetterFilter, deadLetterReasons } from '@relevo/inbox'
import { z } from 'zod'
import { integerParameter, storableTime } from '../../http/parameters.ts'
import type { DeadLetterTexts } from './texts.ts'

export const letterNumber = { min: 1, max: Number.MAX_SAFE_INTEGER }

/** The filters of dead letters as parameters of a query. */
export function filterParameters({ filters }: DeadLetterTexts) {
  return {
    topic: z.string().optional().meta({ description: filters.topic }),
    type: z.string().optional().meta({ description: filters.type }),
    reason: z.enum(deadLetterReasons).optional().meta({ description: filters.reason }),
    key: z.string().optional().meta({ description: filters.key }),
    event_id: z.uuid().optional().meta({ description: filters.event_id }),
    since: z.iso.datetime({ offset: true }).optional().meta({ description: filters.since }),
    group: z
      .string()
      .regex(/^[0-9a-f]{12}$/)
      .optional()
      .meta({ description: filters.group }),
  }
}

/** The filters of a command, which may mean one dead letter by its number. */
export function commandParameters(texts: DeadLetterTexts) {
  const id = integerParameter({ ...letterNumber, description: texts.filters.id })
  return { id: id.optional(), ...filterParameters(texts) }
}

/** Like {@link commandParameters}, for commands that affect all only if told so. */
export function deliberateParameters(texts: DeadLetterTexts) {
  return { ...commandParameters(texts), all: z.literal('true').optional().meta({ description: texts.all }) }
}

type Parameters = z.output<z.ZodObject<ReturnType<typeof commandParameters>>>

/** What the parameters mean, of the dead letters of one consumer. */
export function toFilter(consumer: string, parameters: Partial<Parameters>): DeadLetterFilter {
  const { id, topic, type, reason, key, event_id: eventId, since, group: fingerprint } = parameters
  const from = since === undefined ? undefined : storableTime(Date.parse(since))
  return { consumer, id: id?.toString(), topic, type, reason, key, eventId, since: from, fingerprint }
}
