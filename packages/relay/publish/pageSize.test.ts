import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createProducer, KafkaError, type OutgoingRecord, readTopic } from '@relevo/kafka'
import { eventually } from '@relevo/testing'
import { audit } from '../index.ts'
import { relayHarness } from '../relayHarness.ts'
import { PageSize } from './pageSize.ts'

test('a page shrinks down to one event, and grows back to what it was', () => {
  const size = new PageSize({ rows: 1_000, bytes: 4 << 20 })
  size.shrink(600, 1 << 20)
  assert.deepEqual(size.bounds, { rows: 300, bytes: 1 << 19 })
  for (let i = 0; i < 20; i++) size.shrink(1, 1)
  assert.deepEqual(size.bounds, { rows: 1, bytes: 1_024 })
  size.grow(5_000)
  assert.equal(size.bounds.rows, 1)
  for (let i = 0; i < 20; i++) size.grow(10)
  assert.deepEqual(size.bounds, { rows: 1_000, bytes: 4 << 20 })
})

/** Over a link that carries so many bytes until the producer gives up; the first part of what is too much arrives. */
async function sendSlowly(
  send: (records: readonly OutgoingRecord[]) => Promise<void>,
  records: readonly OutgoingRecord[],
  mostBytes: number,
): Promise<void> {
  let bytes = 0
  const count = records.findIndex(({ value }) => {
    bytes += value?.length ?? 0
    return bytes > mostBytes
  })
  if (count < 0) return send(records)
  const arrived = Math.floor(count / 2)
  if (arrived > 0) await send(records.slice(0, arrived))
  const failed = [...records.keys()].slice(arrived)
  throw new KafkaError('timeout', 'not acknowledged in time', { failed })
}

test('over a slow link pages become small enough to arrive, and each event arrives once', async (t) => {
  const { startRelay, record, states, kafka, topic, pool } = await relayHarness(t)
  const real = createProducer(kafka)
  t.after(() => real.close())
  const pages: number[] = []
  let mostBytes = 100_000
  const send = (records: readonly OutgoingRecord[]) => {
    pages.push(records.length)
    return sendSlowly(real.send, records, mostBytes)
  }
  const producer = { ...real, send, prepare: (make: () => readonly OutgoingRecord[]) => () => send(make()) }
  const recordMany = () =>
    record(...Array.from({ length: 200 }, (_, i) => ({ key: `k${i % 7}`, payload: 'x'.repeat(10_000) })))
  await recordMany()
  startRelay({ producer, retry: { initialMs: 5, maxMs: 20 } })
  await eventually(async () => (await states()).E === 200, 'the backlog sent')
  assert.equal(pages[0], 200)
  assert.ok(pages.length < 60, `${pages}`)
  mostBytes = Number.POSITIVE_INFINITY
  const before = pages.length
  await recordMany()
  await recordMany()
  await eventually(async () => (await states()).E === 600, 'the rest sent')
  assert.ok(Math.max(...pages.slice(before)) > 20, `${pages}`)
  const ids: (string | undefined)[] = []
  for await (const { headers } of readTopic(kafka, topic)) ids.push(headers.ce_id)
  assert.equal(ids.length, 600)
  assert.equal(new Set(ids).size, 600)
  for (const row of await audit(pool)) assert.equal(row.difference, 0, JSON.stringify(row))
})
