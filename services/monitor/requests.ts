import { integerParameter, pageQuery } from '@relevo/kit'
import { z } from 'zod'
import { alertKinds } from './domain/causes.ts'
import { alertStates } from './sql/alerts.ts'

function time(name: string, description: string) {
  return z.iso
    .datetime({ offset: true, error: `"${name}" must be a time, as 2026-01-15T10:30:00Z is` })
    .meta({ description, examples: ['2026-01-15T10:30:00Z'] })
}

export const serviceParams = z.object({
  service: z.string().meta({ description: 'The name of a service that is watched', examples: ['orders'] }),
})

export const historyQuery = pageQuery('en').extend({
  from: time('from', 'Default: 24 hours before `to`').optional(),
  to: time('to', 'Default: now').optional(),
})

export const alertsQuery = pageQuery('en').extend({
  state: z.enum(alertStates).optional(),
  kind: z.enum(alertKinds).optional(),
})

export const alertParams = z.object({ id: integerParameter({ min: 1, max: 2 ** 53 - 1 }) })

export const acknowledgement = z.strictObject({
  by: z.string().min(1).max(200).meta({ description: 'Who sees to it' }),
  note: z.string().min(1).max(1_000).optional(),
})

export const streamHeaders = z.object({
  'last-event-id': z
    .string()
    .regex(/^\d{1,15}$/, { error: '"last-event-id" must be the id of an event' })
    .optional()
    .meta({ description: 'Goes on after this event; without it, with what changes from now on' }),
})
