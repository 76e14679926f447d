import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { context, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { originOf, withOrigin, withOriginHeaders } from '@relevo/origin'
import type { InboxEvent } from './inboxEvent.ts'
import { inProcessSpans } from './processSpans.ts'

const exporter = new InMemorySpanExporter()
const recorded = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const first = '00-1af7651916cd43dd8448eb211c80319c-c7ad6b7169203331-01'
const linked = { consumer: 'orders', spans: 'linked' } as const

function event(id: string, headers: Record<string, string>): InboxEvent {
  const place = { topic: 't', partition: 2, offset: 7n, recordTime: new Date() }
  const time = new Date(Date.now() - 1_500)
  return { ...place, id, type: 'happened', source: '/s', time, key: 'k', data: {}, json: '{}', headers }
}

/** What a handler of this event would record. */
const follows = (of: InboxEvent) =>
  withOrigin(originOf(of), () => withOriginHeaders({ eventId: 'next' })) ?? {}

function install(): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const spanProcessors = [new SimpleSpanProcessor({ exporter })]
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors }))
}

test('without an SDK there is no span, and events hand on what they were told', async () => {
  const one = event('e', { traceparent: recorded })
  let seen = {}
  await inProcessSpans([{ event: one }], linked, async () => {
    seen = follows(one)
  })
  assert.deepEqual(seen, { ce_causationid: 'e', ce_correlationid: 'e', traceparent: recorded })
  install()
})

beforeEach(() => exporter.reset())

test('an event is a span in a trace of its own, with links to who recorded it and to the beginning', async () => {
  const one = event('e', { traceparent: recorded, ce_traceparent: first, ce_correlationid: 'c' })
  let seen: Record<string, string> = {}
  await inProcessSpans([{ event: one, attempts: 2 }], linked, async () => {
    seen = follows(one)
  })
  const [span] = exporter.getFinishedSpans()
  assert.ok(span)
  assert.equal(span.name, 'process t')
  assert.equal(span.parentSpanContext, undefined)
  assert.deepEqual(
    span.links.map((link) => link.context.spanId),
    ['b7ad6b7169203331', 'c7ad6b7169203331'],
  )
  assert.equal(span.attributes['relevo.attempt'], 3)
  assert.equal(span.attributes['relevo.correlation_id'], 'c')
  assert.ok(Number(span.attributes['relevo.wait_ms']) >= 1_500)
  const { traceId, spanId } = span.spanContext()
  assert.deepEqual(seen, {
    ce_causationid: 'e',
    ce_correlationid: 'c',
    traceparent: `00-${traceId}-${spanId}-01`,
    ce_traceparent: first,
  })
})

test('by setting it is a child of who recorded it', async () => {
  const one = event('e', { traceparent: recorded })
  await inProcessSpans([{ event: one }], { ...linked, spans: 'child' }, async () => {})
  const [span] = exporter.getFinishedSpans()
  assert.equal(span?.parentSpanContext?.spanId, 'b7ad6b7169203331')
  assert.equal(span?.spanContext().traceId, '0af7651916cd43dd8448eb211c80319c')
})

test('events that are handled together have a span each, and what follows from one is its own', async () => {
  const both = [event('a', { traceparent: recorded }), event('b', { traceparent: first })]
  const seen: (string | undefined)[] = []
  await inProcessSpans(
    both.map((each) => ({ event: each })),
    linked,
    async () => {
      seen.push(...both.map((each) => originOf(each).traceparent?.slice(36, 52)))
    },
  )
  const spans = exporter.getFinishedSpans()
  assert.deepEqual(
    spans.map((span) => span.spanContext().spanId),
    seen,
  )
  assert.equal(new Set(seen).size, 2)
})

test('what fails is marked and thrown on; what was not sampled has no span', async () => {
  const fails = async () => {
    throw new Error('no')
  }
  const events = [{ event: event('a', { traceparent: recorded }) }]
  await assert.rejects(inProcessSpans(events, linked, fails), { message: 'no' })
  assert.equal(exporter.getFinishedSpans()[0]?.status.code, SpanStatusCode.ERROR)
  exporter.reset()
  for (const traceparent of [recorded.replace(/01$/, '00'), 'junk'])
    await inProcessSpans([{ event: event('a', { traceparent }) }], linked, async () => {})
  await inProcessSpans([{ event: event('a', {}) }], linked, async () => {})
  assert.deepEqual(exporter.getFinishedSpans(), [])
})
