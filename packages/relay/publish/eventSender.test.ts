import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createProducer } from '@relevo/kafka'
import { toOutboxEvent } from './event.ts'
import { EventSender } from './eventSender.ts'

test('events that cannot be encoded fail when they are sent, not when they are made ready', async (t) => {
  const producer = createProducer({ brokers: ['127.0.0.1:1'], clientId: 'test' })
  t.after(() => producer.close())
  const sender = new EventSender(producer, '/test', () => {})
  const row = ['1', 0, 'e', 't', 'k', null, 'type', 'no json', '{}', '2026-01-01 00:00:00+00'] as const
  const events = [toOutboxEvent([...row])]
  sender.prepare(events)
  await assert.rejects(sender.send(events), SyntaxError)
})
