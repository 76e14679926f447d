import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createProducer } from '@relevo/kafka'
import { EncodingError } from './encodingError.ts'
import { toOutboxEvent } from './event.ts'
import { EventSender } from './eventSender.ts'

/** Events with these headers, as JSON. */
function withHeaders(...headers: (string | null)[]) {
  return headers.map((text, i) =>
    toOutboxEvent([String(i), 0, 'e', 't', 'k', null, 'type', text, '{}', '2026-01-01 00:00:00+00']),
  )
}

test('events that cannot be encoded are named, and nothing is sent; made ready they are not', async (t) => {
  const producer = createProducer({ brokers: ['127.0.0.1:1'], clientId: 'test' })
  t.after(() => producer.close())
  const sender = new EventSender(producer, '/test', () => {})
  const events = withHeaders(null, 'no json', '{"a":"b"}', '{"retries":5}', '[]', 'true', 'null')
  assert.equal(sender.prepare(events), undefined)
  const error = await sender.send(events).catch((thrown) => thrown)
  assert.ok(error instanceof EncodingError)
  assert.deepEqual(error.failed, [0, 1, 2, 3, 4, 5, 6])
  assert.deepEqual(
    error.errors.map(({ index, code, scope }) => [index, code, scope]),
    [1, 3, 4, 5].map((index) => [index, 'unencodable', 'record']),
  )
  assert.match(error.errors[1]?.message ?? '', /header "retries" is not a text/)
})

test('nothing that was made ready is sent once the lease is lost', async () => {
  const producer = createProducer({ brokers: ['127.0.0.1:1'], clientId: 'test' })
  const sender = new EventSender(producer, '/test', () => {
    throw new Error('lease lost')
  })
  const prepared = sender.prepare(withHeaders(null))
  assert.ok(prepared)
  await assert.rejects(prepared(), /lease lost/)
})
