import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Reader, readRecordsBatch } from '@platformatic/kafka'
import fc from 'fast-check'
import type { OutgoingRecord } from './outgoingRecord.ts'
import { type Compression, encodeRecordBatch } from './recordBatch.ts'

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.string({ unit: 'binary-ascii', maxLength: 100 }),
  fc.integer({ min: 8100, max: 8300 }).map((length) => 'é'.repeat(length)),
)
const record: fc.Arbitrary<OutgoingRecord> = fc.record({
  topic: fc.constant('t'),
  key: text,
  value: text,
  headers: fc.dictionary(fc.string({ minLength: 1, maxLength: 30 }), text, {
    maxKeys: 4,
    noNullPrototype: true,
  }),
  timestamp: fc.integer({ min: 0, max: 2 ** 42 }),
})

for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const satisfies Compression[]) {
  test(`what is encoded with ${compression} is what the client's own decoder reads`, () => {
    const runs = compression === 'none' ? 200 : 20
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 8 }), (records) => {
        const indexes = records.map((_, i) => i)
        const { bytes, count } = encodeRecordBatch(records, indexes, 0, 1e9, compression)
        assert.equal(count, records.length)
        const batch = readRecordsBatch(Reader.from(bytes))
        const decoded = batch.records.map((r) => ({
          topic: 't',
          key: r.key?.toString(),
          value: r.value?.toString(),
          headers: Object.fromEntries(r.headers.map(([name, value]) => [String(name), String(value)])),
          timestamp: Number(batch.firstTimestamp + r.timestampDelta),
        }))
        assert.deepEqual(decoded, records.map(wellFormed))
        assert.equal(batch.length, bytes.length - 12)
      }),
      { numRuns: runs },
    )
  })
}

test('a batch ends before the limit, and takes one record in any case', () => {
  const records = ['a', 'b', 'c'].map((key) => ({ topic: 't', key, value: 'x'.repeat(100), headers: {} }))
  assert.equal(encodeRecordBatch(records, [0, 1, 2], 0, 61 + 230, 'none').count, 2)
  assert.equal(encodeRecordBatch(records, [0, 1, 2], 2, 10, 'none').count, 1)
})

test('keys and values may be absent, and values may be bytes', () => {
  const records = [
    { topic: 't', key: null, value: Buffer.from([0, 255, 254]), headers: {} },
    { topic: 't', key: 'k', value: null, headers: {} },
  ]
  const { bytes } = encodeRecordBatch(records, [0, 1], 0, 1e9, 'none')
  const decoded = readRecordsBatch(Reader.from(bytes)).records.map(({ key, value }) => [key, value])
  assert.deepEqual(decoded, [
    [null, Buffer.from([0, 255, 254])],
    [Buffer.from('k'), null],
  ])
})

/** UTF-8 has no lone surrogates: they are sent as U+FFFD. */
function wellFormed(r: OutgoingRecord): OutgoingRecord {
  const headers = Object.entries(r.headers).map(([name, value]) => [
    name.toWellFormed(),
    value.toWellFormed(),
  ])
  return {
    ...r,
    key: String(r.key).toWellFormed(),
    value: String(r.value).toWellFormed(),
    headers: Object.fromEntries(headers),
  }
}
