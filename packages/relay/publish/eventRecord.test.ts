import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EventRow } from '../sql/readEvents.ts'
import { toOutboxEvent } from './event.ts'
import { eventRecord } from './eventRecord.ts'

const row: EventRow = [
  '42',
  5,
  '0199-id',
  'messages',
  'k',
  null,
  'message.created',
  null,
  '{"amount": 1.10}',
  '2026-02-03 04:05:06.789012+00',
]

test('a row of the outbox becomes a CloudEvents record with the payload as it was written', () => {
  assert.deepEqual(eventRecord(toOutboxEvent(row), '/relevo'), {
    topic: 'messages',
    key: 'k',
    value: '{"amount": 1.10}',
    headers: {
      ce_correlationid: '0199-id',
      ce_specversion: '1.0',
      ce_id: '0199-id',
      ce_type: 'message.created',
      ce_source: '/relevo',
      ce_time: '2026-02-03T04:05:06.789012Z',
      ce_outboxid: '42',
      'content-type': 'application/json',
    },
  })
})

test('an event that is replayed has the time at which it was recorded first', () => {
  const recordedAt = '2025-01-02T03:04:05.678Z'
  const fields = row.with(7, JSON.stringify({ relevo_time: recordedAt, relevo_group: 'g' })) as EventRow
  const { headers } = eventRecord(toOutboxEvent(fields), '/relevo')
  assert.deepEqual([headers.ce_time, headers.relevo_group, headers.relevo_time], [recordedAt, 'g', undefined])
})

test('a partition key and headers go along, and headers cannot take the place of the attributes', () => {
  const headers = JSON.stringify({ traceparent: '00-1', ce_correlationid: 'c', ce_id: 'forged' })
  const fields: EventRow = row.with(5, 'p').with(7, headers) as EventRow
  const record = eventRecord(toOutboxEvent(fields), '/relevo')
  assert.equal(record.partitionKey, 'p')
  assert.equal(record.headers.traceparent, '00-1')
  assert.equal(record.headers.ce_correlationid, 'c')
  assert.equal(record.headers.ce_id, '0199-id')
})

test('a time without fraction of a second is read as well', () => {
  const event = toOutboxEvent(row.with(9, '2026-02-03 04:05:06+00') as EventRow)
  assert.equal(eventRecord(event, '/relevo').headers.ce_time, '2026-02-03T04:05:06Z')
})
