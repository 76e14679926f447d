import { endSpan, linksTo, startSpan, tracer } from '@relevo/origin'
import type { OutboxEvent } from './event.ts'

/** In the headers' text, which is not parsed for this. */
const traceparentForm = /"traceparent"\s*:\s*"([0-9a-f-]{55})"/

/**
 * Sends events in one span for all of them, with links to the spans that recorded them: one each would cost more than the
 * sending, and one as the parent of what belongs to many requests would put them all in one trace. Without a sampled event, or
 * without tracing, there is none.
 */
export async function inSendSpan(
  events: readonly OutboxEvent[],
  source: string,
  send: () => Promise<void>,
): Promise<void> {
  const by = tracer()
  const links = by ? linksTo(traceparentsOf(events)) : []
  if (by === undefined || links.length === 0) return send()
  const topics = new Set(events.map(({ topic }) => topic))
  const [topic] = topics
  const span = startSpan(by, topics.size === 1 ? `send ${topic}` : 'send', {
    kind: 'client',
    links,
    attributes: {
      'messaging.system': 'kafka',
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.batch.message_count': events.length,
      ...(topics.size === 1 && { 'messaging.destination.name': topic }),
      'relevo.source': source,
    },
  })
  try {
    await send()
  } catch (error) {
    endSpan(span, error)
    throw error
  }
  endSpan(span)
}

function* traceparentsOf(events: readonly OutboxEvent[]): Generator<string | undefined> {
  for (const { headers } of events) if (headers !== null) yield traceparentForm.exec(headers)?.[1]
}
