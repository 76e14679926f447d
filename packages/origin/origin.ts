import { AsyncLocalStorage } from 'node:async_hooks'
import { currentTraceparent } from './spans.ts'

/**
 * What an event follows from, as the headers that it carries.
 *
 * It is handed on by whoever handles something (a request, an event, a step of a saga) and put into each event that is recorded
 * meanwhile, so that nobody in between passes it on.
 */
export type Origin = {
  /** The id of the event that is being handled, or of the request: `request:` and its x-request-id. */
  readonly ce_causationid?: string
  /** The same for all that follows from one beginning. Until something is recorded: that will be the id of the first event. */
  ce_correlationid?: string
  /** The W3C trace context of whoever recorded it: the span in hand, or without tracing, what it was told. */
  readonly traceparent?: string
  /** That of the request at the beginning, where it is another: CloudEvents' distributed tracing extension. */
  readonly ce_traceparent?: string
}

const storage = new AsyncLocalStorage<Origin>()

/** Does the work; the events that it records follow from `origin`. */
export function withOrigin<T>(origin: Origin, work: () => T): T {
  return storage.run(origin, work)
}

/** What the work in hand follows from. */
export function currentOrigin(): Origin | undefined {
  return storage.getStore()
}

/** What a header must be to be handed on: a record of others may have any bytes, which Postgres may not store. */
const idForm = /^[\x21-\x7e]{1,256}$/
const traceparentForm = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

/** The origin of what follows from an event. One without a correlation id is the first of its own. */
export function originOf(event: {
  readonly id: string
  readonly headers?: Readonly<Record<string, string>> | undefined
}): Origin {
  const { ce_correlationid: correlationId = '', traceparent: of = '', ce_traceparent } = event.headers ?? {}
  const told = traceparentForm.test(of) ? of : undefined
  const first = traceparentForm.test(ce_traceparent ?? '') ? ce_traceparent : told
  return {
    ce_causationid: event.id,
    ce_correlationid: idForm.test(correlationId) ? correlationId : event.id,
    ...tracedFrom(first, spans.get(event) ?? told),
  }
}

/** The spans in which events are processed. */
const spans = new WeakMap<object, string>()

/** Has what follows from the event belong to the span in which it is processed. */
export function noteSpan(event: object, traceparent: string): void {
  spans.set(event, traceparent)
}

function tracedFrom(first: string | undefined, last: string | undefined) {
  return {
    ...(last !== undefined && { traceparent: last }),
    ...(first !== undefined && first !== last && { ce_traceparent: first }),
  }
}

interface Originating {
  readonly eventId: string
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/**
 * The headers of an event that is recorded now: its own, and before them those of the current origin. The first event that
 * follows from a request gives its id to all of them.
 */
export function withOriginHeaders({ eventId, headers }: Originating): Record<string, string> | undefined {
  const origin = storage.getStore()
  if (origin === undefined) return withoutOrigin(headers)
  origin.ce_correlationid ??= headers?.ce_correlationid ?? eventId
  return { ...origin, ...inSpan(origin), ...headers }
}

function withoutOrigin(headers: Originating['headers']): Record<string, string> | undefined {
  const traceparent = currentTraceparent()
  return traceparent === undefined ? headers : { traceparent, ...headers }
}

/** An event that is recorded in a span is that span's. */
function inSpan({ traceparent, ce_traceparent }: Origin) {
  const current = currentTraceparent()
  if (current === undefined || current === traceparent) return undefined
  return tracedFrom(ce_traceparent ?? traceparent ?? current, current)
}
