import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { createAsyncApi, payloadSchema } from './createAsyncApi.ts'
import { draftEvent } from './draftEvent.ts'
import { defineEvent, type EventContract } from './eventContract.ts'
import { defineTopic, topicDefinition } from './topicContract.ts'

const notes = defineTopic({
  name: 'notes.events',
  summary: 'Notes',
  partitions: 6,
  retentionMs: 604_800_000,
  maxMessageBytes: 2_097_152,
})

const noteWritten = defineEvent({
  type: 'note.written',
  version: 1,
  summary: 'A note was written',
  topic: notes,
  payload: z.object({ content: z.string().min(1) }),
  key: null,
  partitionBy: 'key',
  producer: 'notes',
  consumers: ['archive'],
})

const orderPlaced = defineEvent({
  type: 'order.placed',
  version: 1,
  summary: 'An order was placed',
  topic: notes,
  payload: z.object({ order: z.string(), amount: z.number() }),
  key: ({ order }) => order,
  partitionBy: 'type',
  producer: 'orders',
  otherProducers: ['shop'],
  consumers: ['billing', 'stock'],
})

test('drafts an event with the key and the partition that the contract says', () => {
  const message = draftEvent(noteWritten, { content: 'Hola' })
  assert.deepEqual(message, { topic: 'notes.events', type: 'note.written', payload: { content: 'Hola' } })
  const headers = { traceparent: '00-1-2-01' }
  assert.deepEqual(draftEvent(orderPlaced, { order: 'o1', amount: 3 }, { headers }), {
    topic: 'notes.events',
    type: 'order.placed',
    key: 'o1',
    partitionKey: 'order.placed',
    payload: { order: 'o1', amount: 3 },
    headers,
  })
  assert.equal(
    draftEvent(orderPlaced, { order: 'o1', amount: 3 }, { partitionBy: 'key' }).partitionKey,
    undefined,
  )
  assert.equal(
    draftEvent(noteWritten, { content: 'a' }, { partitionBy: 'type' }).partitionKey,
    'note.written',
  )
})

test('refuses a payload that does not keep the contract', () => {
  assert.throws(() => draftEvent(noteWritten, { content: '' }), {
    code: 'invalidPayload',
    message: /content/,
  })
  const wrong = { order: 'o1', amount: 'many' } as unknown as { order: string; amount: number }
  assert.throws(() => draftEvent(orderPlaced, wrong), {
    code: 'invalidPayload',
    message: /order\.placed.*amount/,
  })
})

test('defines topics as Kafka takes them', () => {
  assert.deepEqual(topicDefinition(notes), {
    topic: 'notes.events',
    partitions: 6,
    config: {
      'retention.ms': '604800000',
      'max.message.bytes': '2097152',
      'message.timestamp.type': 'CreateTime',
    },
  })
})

test('a topic brings its dead-letter topic, which has room for a record and the reason', () => {
  const { name, partitions, maxMessageBytes } = notes.deadLetters
  assert.deepEqual({ name, partitions }, { name: 'notes.events.dlt', partitions: 1 })
  assert.ok(maxMessageBytes > notes.maxMessageBytes)
})

test('a codec is only set where the topic has one', () => {
  assert.equal(topicDefinition({ ...notes, compression: 'lz4' }).config['compression.type'], 'lz4')
  assert.equal('compression.type' in topicDefinition(notes).config, false)
})

test('gives payloads a JSON Schema', () => {
  const { properties, required } = payloadSchema(noteWritten as EventContract) as Record<string, unknown>
  assert.deepEqual(required, ['content'])
  assert.deepEqual(Object.keys(properties as object), ['content'])
})

test('the AsyncAPI description holds every topic, event and operation, and no reference into nothing', () => {
  const catalogue = {
    topics: [notes, notes.deadLetters],
    events: [noteWritten as EventContract, orderPlaced as EventContract],
  }
  const description = createAsyncApi(catalogue) as Record<string, Record<string, unknown>>
  assert.deepEqual(Object.keys(description.channels ?? {}), ['notesEvents', 'notesEventsDeadLetters'])
  assert.deepEqual(Object.keys(description.operations ?? {}), [
    'notes.note.written',
    'archive.note.written',
    'orders.order.placed',
    'shop.order.placed',
    'billing.order.placed',
    'stock.order.placed',
  ])
  const references = [...JSON.stringify(description).matchAll(/"\$ref":"#\/([^"]+)"/g)]
  assert.ok(references.length > 8)
  for (const [, path] of references) {
    const found = path
      ?.split('/')
      .reduce<unknown>((node, step) => (node as Record<string, unknown>)?.[step], description)
    assert.ok(found, path)
  }
})
