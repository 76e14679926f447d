import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { type ConsumedRecord, createAdmin, createProducer } from '@relevo/kafka'
import { testServers } from '@relevo/testing'
import fc from 'fast-check'
import { z } from 'zod'
import { inboxHandler } from './inboxEvent.ts'
import { createHarness, effectHandlers, eventually, recordEffect, testEvent } from './inboxHarness.ts'
import { receiveRecord } from './receivedRecord.ts'

test('records that are no events become dead letters with a reason, and the rest flow', async (t) => {
  const h = await createHarness(t)
  const strict = inboxHandler(z.object({ n: z.number() }), recordEffect)
  const inbox = h.inbox({ handlers: { ...effectHandlers, strict } })
  const without = (name: string) => {
    const event = testEvent(h.topic, 0)
    const { [name]: _, ...headers } = event.headers
    return { ...event, headers }
  }
  await h.send([
    testEvent(h.topic, 1),
    without('ce_id'),
    testEvent(h.topic, 0, { id: 'not-a-uuid' }),
    without('ce_type'),
    testEvent(h.topic, 0, { type: 'constructor' }),
    testEvent(h.topic, 0, { value: null }),
    testEvent(h.topic, 0, { value: '{"n":' }),
    testEvent(h.topic, 0, { value: Buffer.from([0xff, 0x00, 0xfe]) }),
    testEvent(h.topic, 0, { type: 'strict', value: '{"n":"one"}' }),
    testEvent(h.topic, 2, { type: 'strict' }),
    { ...testEvent(h.topic, 3), key: null },
  ])
  inbox.start()
  await h.caughtUp()
  const reasons = [
    'missingId',
    'invalidId',
    'missingType',
    'unknownType',
    'noValue',
    'invalidJson',
    'invalidJson',
    'schemaViolation',
  ]
  const letters = await h.rows<{ reason: string; error: string }>(
    'select * from inbox.dead_letter order by kafka_offset',
  )
  assert.deepEqual(
    letters.map((letter) => letter.reason),
    reasons,
  )
  assert.equal(letters.at(-1)?.error, 'n: invalid_type')
  assert.deepEqual((await h.effects()).toSorted(), [1, 2, 3])
  assert.equal(inbox.stats().deadLetters, reasons.length)
  await eventually(async () => (await h.deadLetterRecords()).length === reasons.length)
})

test('a batch that cannot be read and a record with too many headers become dead letters', async (t) => {
  const h = await createHarness(t)
  const inbox = h.inbox()
  const headers = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`h${i}`, 'x']))
  const many = testEvent(h.topic, 0)
  await h.send([testEvent(h.topic, 1), { ...many, headers: { ...headers, ...many.headers } }])
  const { brokers } = await testServers()
  const maxRequestBytes = 128 * 1024 * 1024
  const bomb = createProducer({ brokers, clientId: 'test' }, { compression: 'gzip', maxRequestBytes })
  t.after(() => bomb.close())
  await bomb.send([testEvent(h.topic, 0, { value: '0'.repeat(65 * 1024 * 1024) })])
  await h.send([testEvent(h.topic, 2)])
  inbox.start()
  await h.caughtUp()
  const letters = await h.rows<{ reason: string }>('select reason from inbox.dead_letter')
  assert.deepEqual(letters.map(({ reason }) => reason).toSorted(), ['outOfBounds', 'undecodable'])
  assert.deepEqual((await h.effects()).toSorted(), [1, 2])
})

test('a handler that comes later finds the events it missed by a redrive', async (t) => {
  const h = await createHarness(t)
  await h.send([testEvent(h.topic, 1, { type: 'later' })])
  const before = h.inbox()
  before.start()
  await h.caughtUp()
  await before.stop()
  const after = h.inbox({ handlers: { later: { handle: recordEffect } } })
  after.start()
  assert.equal(await after.redrive(), 1)
  await eventually(async () => (await h.effects()).length === 1)
})

test('any bytes whatever are taken in or given up, never a crash', async (t) => {
  const h = await createHarness(t)
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', '\0', 'test', 'a\0b', '2026-13-99'),
  )
  const record = fc.record({
    key: fc.option(text),
    value: fc.option(fc.uint8Array({ maxLength: 40 })),
    headers: fc.dictionary(
      fc.oneof(fc.constantFrom('ce_id', 'ce_type', 'ce_time', 'ce_source'), fc.string({ minLength: 1 })),
      fc.oneof(text, fc.uuid(), fc.constant('test'), fc.constant('+275760-09-13T00:00:00Z')),
      { noNullPrototype: true },
    ),
    timestamp: fc.integer({ min: 0, max: 1_800_000_000_000 }).map((ms) => Math.min(ms, Date.now())),
  })
  const samples = fc.sample(record, { numRuns: 300, seed: 7 })
  await h.send(samples.map((sample) => ({ topic: h.topic, ...sample })))
  h.inbox({ handlers: { test: { handle: async () => undefined } } }).start()
  await h.caughtUp()
  const [row] = await h.rows<{ letters: number }>(
    'select count(*)::integer as letters from inbox.dead_letter',
  )
  assert.ok((row?.letters ?? 0) > 100)
})

test('the kind of a record is decided by its headers and value', () => {
  const record = (headers: Record<string, string>, value: string | null = '{"n":1}'): ConsumedRecord => ({
    topic: 't',
    partition: 0,
    offset: 1n,
    key: 'k',
    value: value === null ? null : Buffer.from(value),
    headers,
    timestamp: 5_000,
  })
  const bounds = { recordBytes: 2_097_152 }
  const options = { consumer: 'own', handlers: effectHandlers, onUnknownType: 'deadLetter' as const, bounds }
  const id = '0B6A1F0E-0000-7000-8000-000000000001'
  const received = receiveRecord(
    record({ ce_id: id, ce_type: 'test', ce_time: '2026-01-02T03:04:05.678Z' }),
    options,
  )
  assert.equal(received.kind, 'event')
  assert.equal(received.event.id, id.toLowerCase())
  assert.equal(received.event.time.toISOString(), '2026-01-02T03:04:05.678Z')
  const undated = receiveRecord(record({ ce_id: id, ce_type: 'test' }), options)
  assert.equal(undated.kind === 'event' && undated.event.time.getTime(), 5_000)
  const foreign = record({ ce_type: 'other' })
  assert.equal(receiveRecord(foreign, { ...options, onUnknownType: 'ignore' }).kind, 'ignored')
  const replayed = (group: string) => record({ ce_id: id, ce_type: 'test', relevo_group: group })
  assert.equal(receiveRecord(replayed('own'), options).kind, 'event')
  assert.equal(receiveRecord(replayed('another'), options).kind, 'ignored')
})

test('a dead letter larger than its topic takes stays in the table, and the others are published', async (t) => {
  const h = await createHarness(t, 1)
  const admin = createAdmin(h.kafka)
  t.after(() => admin.close())
  const small = `${h.topic}.small`
  await admin.ensureTopics([{ topic: small, partitions: 1, config: { 'max.message.bytes': '2000' } }])
  const large = Array.from({ length: 200 }, () => randomUUID()).join()
  await h.send([testEvent(h.topic, 0, { value: large }), testEvent(h.topic, 0, { value: 'no json' })])
  h.inbox({ deadLetterTopic: small }).start()
  const state = () =>
    h.rows<{ sent: boolean; left: boolean }>(`select published_at is not null as sent,
      publish_after = 'infinity' as left from inbox.dead_letter order by kafka_offset`)
  await eventually(async () => (await state()).filter(({ sent, left }) => sent || left).length === 2)
  assert.deepEqual(await state(), [
    { sent: false, left: true },
    { sent: true, left: false },
  ])
})
