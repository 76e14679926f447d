import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SpanStatusCode, trace } from '@opentelemetry/api'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { EventRow } from '../sql/readEvents.ts'
import { toOutboxEvent } from './event.ts'
import { inSendSpan } from './sendSpan.ts'

const exporter = new InMemorySpanExporter()

function eventOf(place: number, flags: string | undefined) {
  const span = place.toString(16).padStart(16, '1')
  const traceparent = `00-0af7651916cd43dd8448eb211c80319c-${span}-${flags}`
  const headers = flags === undefined ? null : `{"a" : "b", "traceparent" : "${traceparent}"}`
  const row: EventRow = [
    String(place),
    5,
    `id-${place}`,
    't',
    'k',
    null,
    'type',
    headers,
    '{}',
    '2026-02-03 04:05:06+00',
  ]
  return toOutboxEvent(row)
}

test('a page is one span with links to the sampled events, at most 128; without tracing or without them there is none', async () => {
  let sent = 0
  const send = async () => {
    sent += 1
  }
  await inSendSpan([eventOf(1, '01')], '/s', send)
  trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
  )
  await inSendSpan([eventOf(1, '00'), eventOf(2, undefined)], '/s', send)
  assert.deepEqual(exporter.getFinishedSpans(), [])
  await inSendSpan([eventOf(1, '01'), eventOf(2, '00'), eventOf(3, '01'), eventOf(3, '01')], '/s', send)
  const many = Array.from({ length: 1_000 }, (_, place) => eventOf(place, '01'))
  await inSendSpan(many, '/s', send)
  assert.equal(sent, 4)
  const [page, large] = exporter.getFinishedSpans()
  assert.deepEqual([page?.name, page?.links.length, large?.links.length], ['send t', 2, 128])
  assert.equal(page?.attributes['messaging.batch.message_count'], 4)
  exporter.reset()
  const fails = () => Promise.reject(new Error('no broker'))
  await assert.rejects(inSendSpan(many, '/s', fails), { message: 'no broker' })
  assert.equal(exporter.getFinishedSpans()[0]?.status.code, SpanStatusCode.ERROR)
})
