import { type Endpoint, integerParameter } from '@relevo/kit'
import { z } from 'zod'

const mostNamed = 1_000

const time = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .meta({ type: 'string', format: 'date-time' })
const number = z.int().min(0)

/** Which events, and what to do with the audit; an event is meant when it meets all that is given. */
const span = z.strictObject({
  from: time.optional().meta({ description: 'Recorded from then on' }),
  to: time.optional().meta({ description: 'Recorded before then' }),
  fromId: number.optional().meta({ description: 'From this number in the outbox on (`ce_outboxid`)' }),
  toId: number.optional(),
  eventIds: z.array(z.uuid()).min(1).max(mostNamed).optional().meta({ description: '`ce_id`' }),
  keys: z.array(z.string().min(1)).min(1).max(mostNamed).optional(),
  topic: z.string().min(1).optional(),
})

const request = span.extend({
  settleAudit: z
    .boolean()
    .default(false)
    .meta({ description: 'Then count what the audit misses as sent: only where the span has all of that' }),
})

const preview = z.object({
  events: z.number(),
  keys: z.number(),
  shards: z.number(),
  firstAt: z.iso.datetime().nullable(),
  lastAt: z.iso.datetime().nullable(),
  pending: z.number().meta({ description: 'Not sent yet; they go out by themselves' }),
  quarantined: z.number().meta({ description: 'Are or were in the quarantine, and are left out' }),
  dropped: z
    .object({ before: z.iso.datetime().nullable(), beforeId: z.number().nullable() })
    .optional()
    .meta({ description: 'The span reaches back to events that retention has dropped: they are gone' }),
  unknown: z.array(z.uuid()).meta({ description: 'Of `eventIds`, those that are not in the outbox' }),
  missing: z.number().meta({ description: 'Events that the audit misses in the whole outbox' }),
})

const republication = z.object({
  id: z.number(),
  requestedAt: z.iso.datetime(),
  state: z.enum(['open', 'done', 'aborted']),
  events: z.number(),
  published: z.number(),
  rejected: z.number().meta({ description: 'Rejected by Kafka permanently' }),
  gone: z.number().meta({ description: 'Dropped by retention before their turn; known at the end' }),
  openShards: z.number(),
  doneAt: z.iso.datetime().nullable(),
  error: z.string().nullable(),
})

const republications = z.object({ count: z.number(), republications: z.array(republication) })

/**
 * What publishes a span of events again, as `relevo republish` does.
 * @param query says which outbox. @param outboxErrors of that.
 */
export function republishEndpoints<Q extends z.ZodObject>(query: Q, outboxErrors: Record<404, string>) {
  const params = z.object({ id: integerParameter({ min: 1, max: Number.MAX_SAFE_INTEGER }) })
  const errors = { 404: 'No such request, or no such outbox, or several and none is named' }
  return {
    previewRepublish: {
      method: 'post',
      path: '/republications/preview',
      role: 'operator',
      summary: 'What publishing a span of events again would do; changes nothing',
      query,
      body: span,
      responses: { 200: { description: 'What the span has', schema: preview } },
      errors: outboxErrors,
    },
    requestRepublish: {
      method: 'post',
      path: '/republications',
      role: 'operator',
      summary: 'Publishes a span of events again, with their ids and headers, behind what was sent before',
      query,
      body: request,
      responses: { 202: { description: 'The relays of its shards carry it out', schema: republication } },
      errors: { ...outboxErrors, 409: 'No published event is in the span' },
    },
    listRepublications: {
      method: 'get',
      path: '/republications',
      role: 'operator',
      summary: 'How far the youngest requests have got, at most 100',
      query,
      responses: { 200: { description: 'The requests', schema: republications } },
      errors: outboxErrors,
    },
    showRepublication: {
      method: 'get',
      path: '/republications/:id',
      role: 'operator',
      summary: 'How far a request has got',
      params,
      query,
      responses: { 200: { description: 'The request', schema: republication } },
      errors,
    },
    abortRepublication: {
      method: 'post',
      path: '/republications/:id/abort',
      role: 'operator',
      summary: 'Ends a request; what was sent stays sent',
      params,
      query,
      responses: { 200: { description: 'The request as it is now', schema: republication } },
      errors: { ...errors, 409: 'It is done or aborted' },
    },
  } as const satisfies Record<string, Endpoint>
}
