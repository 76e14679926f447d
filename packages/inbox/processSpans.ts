import {
  type ConsumerSpans,
  endSpan,
  linksTo,
  noteSpan,
  sampledSpan,
  startSpan,
  traceparentOf,
  tracer,
  withSpan,
} from '@relevo/origin'
import type { InboxEvent } from './inboxEvent.ts'

export interface ProcessSpanOptions {
  readonly consumer: string
  readonly spans: ConsumerSpans
}

/** An event, and how often it was tried before. */
export interface Attempted {
  readonly event: InboxEvent
  readonly attempts?: number
}

/**
 * Handles events in a span for each that was recorded in a sampled one: with links to that and to the request at the beginning, in a
 * trace of its own, since an event may wait for long; or as its child. What the handlers record belongs to it.
 */
export async function inProcessSpans(
  events: readonly Attempted[],
  options: ProcessSpanOptions,
  work: () => Promise<void>,
): Promise<void> {
  const by = tracer()
  if (by === undefined) return work()
  const spans = events.flatMap((event) => begin(by, event, options) ?? [])
  const [only] = spans
  try {
    await (only && events.length === 1 ? withSpan(only, work) : work())
  } catch (error) {
    for (const span of spans) endSpan(span, error)
    throw error
  }
  for (const span of spans) endSpan(span)
}

type Tracer = NonNullable<ReturnType<typeof tracer>>

function begin(by: Tracer, { event, attempts = 0 }: Attempted, { consumer, spans }: ProcessSpanOptions) {
  const { traceparent, ce_traceparent: first, ce_correlationid: correlationId } = event.headers
  const recorded = sampledSpan(traceparent)
  if (recorded === undefined) return undefined
  const isChild = spans === 'child'
  const span = startSpan(by, `process ${event.topic}`, {
    kind: 'consumer',
    links: linksTo(isChild ? [first] : [traceparent, first]),
    parent: isChild ? recorded : undefined,
    attributes: {
      'messaging.system': 'kafka',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.consumer.group.name': consumer,
      'messaging.destination.name': event.topic,
      'messaging.destination.partition.id': String(event.partition),
      'messaging.kafka.offset': Number(event.offset),
      'messaging.message.id': event.id,
      'relevo.event.type': event.type,
      'relevo.correlation_id': correlationId ?? event.id,
      // From the recording of the event to this.
      'relevo.wait_ms': Math.max(0, Date.now() - event.time.getTime()),
      'relevo.attempt': attempts + 1,
    },
  })
  const handled = traceparentOf(span.spanContext())
  if (handled !== undefined) noteSpan(event, handled)
  return span
}
