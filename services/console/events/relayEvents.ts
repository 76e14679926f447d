import { z } from 'zod'
import { maskHeaders, showPayload } from '../masking.ts'
import type { Source } from '../sources/findSources.ts'
import type { Ask } from '../sources/serviceClient.ts'
import type { OutboxEventShown } from './eventSchemas.ts'
import type { TraceUrlOf } from './traceUrl.ts'

const event = z.object({
  id: z.number(),
  eventId: z.string(),
  topic: z.string(),
  key: z.string(),
  type: z.string(),
  headers: z.string().nullable(),
  payload: z.string().nullable(),
  payloadBytes: z.number(),
  createdAt: z.string(),
  state: z.string(),
  attempts: z.number(),
  error: z.string().nullable(),
})
type RelayEvent = z.output<typeof event>

const answer = z.object({
  events: z.array(event),
  searchedTo: z.string().optional(),
  next: z.number().optional(),
})

/** What is looked for in the outboxes. */
export interface EventQuery {
  readonly eventId?: string | undefined
  readonly key?: string | undefined
  readonly type?: string | undefined
  readonly topic?: string | undefined
  readonly correlationId?: string | undefined
  readonly causationId?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly before?: number | undefined
  readonly limit: number
}

/** A page of an outbox, as its relay tells. */
export async function searchOutbox(ask: Ask, { service, outbox }: Source, query: EventQuery) {
  return answer.parse(await ask(service, '/events', { query: { outbox, ...query } }))
}

const states: Readonly<Record<string, OutboxEventShown['state']>> = {
  P: 'waiting',
  X: 'failing',
  E: 'published',
}

interface Showing {
  readonly traceUrl: TraceUrlOf
  /** Undefined: the viewer may not see contents. */
  readonly isMasked: ((field: string) => boolean) | undefined
}

export function toShown(
  outbox: string,
  found: RelayEvent,
  { traceUrl, isMasked }: Showing,
): OutboxEventShown {
  const { eventId, type, key, topic, createdAt, state, attempts, error } = found
  const headers = parseHeaders(found.headers)
  return {
    ...{ outbox, event_id: eventId, type, key, topic, recorded_at: createdAt },
    state: states[state] ?? 'waiting',
    attempts,
    error,
    correlation_id: headers.ce_correlationid ?? null,
    causation_id: headers.ce_causationid ?? null,
    trace_url: traceUrl(headers),
    content: isMasked
      ? { headers: maskHeaders(headers, isMasked), payload: payloadOf(found, isMasked) }
      : null,
  }
}

/** For an event that is too large for a list, only its size is shown. */
function payloadOf({ payload, payloadBytes }: RelayEvent, isMasked: (field: string) => boolean) {
  return payload === null
    ? ({ kind: 'opaque', bytes: payloadBytes } as const)
    : showPayload(payload, isMasked)
}

function parseHeaders(text: string | null): Record<string, string> {
  return text === null ? {} : (JSON.parse(text) as Record<string, string>)
}
