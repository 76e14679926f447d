import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { parse } from 'yaml'
import { z } from 'zod'
import { createAsyncApi, payloadSchema } from './createAsyncApi.ts'
import { draftEvent } from './draftEvent.ts'
import { defineEvent, type EventContract } from './eventContract.ts'
import { events, messageCreated } from './events.ts'
import { topicDefinition } from './topicContract.ts'
import { topics } from './topics.ts'

const orderPlaced = defineEvent({
  type: 'order.placed',
  version: 1,
  summary: 'An order was placed',
  topic: topics.messages,
  payload: z.object({ order: z.string(), amount: z.number() }),
  key: ({ order }) => order,
  partitionBy: 'type',
  producer: 'orders',
  consumers: ['billing', 'stock'],
})

test('drafts an event with the key and the partition that the contract says', () => {
  const message = draftEvent(messageCreated, { content: 'Hola' })
  assert.deepEqual(message, { topic: 'messages', type: 'message.created', payload: { content: 'Hola' } })
  const headers = { traceparent: '00-1-2-01' }
  assert.deepEqual(draftEvent(orderPlaced, { order: 'o1', amount: 3 }, { headers }), {
    topic: 'messages',
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
    draftEvent(messageCreated, { content: 'a' }, { partitionBy: 'type' }).partitionKey,
    'message.created',
  )
})

test('refuses a payload that does not keep the contract', () => {
  assert.throws(() => draftEvent(messageCreated, { content: '' }), {
    code: 'invalidPayload',
    message: /content/,
  })
  const wrong = { order: 'o1', amount: 'many' } as unknown as { order: string; amount: number }
  assert.throws(() => draftEvent(orderPlaced, wrong), {
    code: 'invalidPayload',
    message: /order\.placed.*amount/,
  })
})

test('types and topics of the catalogue are each there once', () => {
  const types = events.map((event) => event.type)
  assert.equal(new Set(types).size, types.length)
  const names = Object.values(topics).map((topic) => topic.name)
  assert.equal(new Set(names).size, names.length)
  for (const event of events)
    assert.ok(names.includes(event.topic.name as (typeof names)[number]), event.type)
})

test('defines topics as Kafka takes them', () => {
  assert.deepEqual(topicDefinition(topics.messages), {
    topic: 'messages',
    partitions: 6,
    config: {
      'retention.ms': '604800000',
      'max.message.bytes': '2097152',
      'message.timestamp.type': 'CreateTime',
    },
  })
})

test('gives payloads a JSON Schema', () => {
  const { properties, required } = payloadSchema(messageCreated as EventContract) as Record<string, unknown>
  assert.deepEqual(required, ['content'])
  assert.deepEqual(Object.keys(properties as object), ['content'])
})

test('the AsyncAPI description holds every topic, event and operation, and no reference into nothing', () => {
  const catalogue = { topics, events: [...events, orderPlaced as EventContract] }
  const description = createAsyncApi(catalogue) as Record<string, Record<string, unknown>>
  assert.deepEqual(Object.keys(description.channels ?? {}), [
    'messages',
    'messagesDeadLetters',
    'commissions',
    'commissionsDeadLetters',
  ])
  assert.deepEqual(Object.keys(description.operations ?? {}), [
    'messages.message.created',
    'message-processor.message.created',
    'commissions.commission.calculated',
    'notifications.commission.calculated',
    'commissions.commission.approved',
    'notifications.commission.approved',
    'orders.order.placed',
    'billing.order.placed',
    'stock.order.placed',
  ])
  const references = [...JSON.stringify(description).matchAll(/"\$ref":"#\/([^"]+)"/g)]
  assert.ok(references.length > 10)
  for (const [, path] of references) {
    const found = path
      ?.split('/')
      .reduce<unknown>((node, step) => (node as Record<string, unknown>)?.[step], description)
    assert.ok(found, path)
  }
})

test('docs/asyncapi.yaml is current (npm run docs:generate)', async () => {
  const file = await readFile(new URL('../../docs/asyncapi.yaml', import.meta.url), 'utf8')
  assert.deepEqual(parse(file), JSON.parse(JSON.stringify(createAsyncApi({ topics, events }))))
})
