import assert from 'node:assert/strict'
import { test } from 'node:test'
import { snappyCompress } from '@platformatic/wasm-utils'
import fc from 'fast-check'
import { decompress } from './decompress.ts'
import type { OutgoingRecord } from './outgoingRecord.ts'
import { compressionsAlgorithms } from './platformatic.ts'
import { readBatches } from './readBatches.ts'
import { encodeRecordBatch } from './recordBatch.ts'

const record: fc.Arbitrary<OutgoingRecord> = fc.record({
  topic: fc.constant('t'),
  key: fc.option(fc.string({ unit: 'grapheme', maxLength: 80 })),
  value: fc.option(fc.string({ unit: 'grapheme', maxLength: 300 })),
  headers: fc.dictionary(fc.string({ maxLength: 30 }), fc.string({ maxLength: 90 }), {
    maxKeys: 4,
    noNullPrototype: true,
  }),
  timestamp: fc.integer({ min: 0, max: 2 ** 42 }),
})

function encode(records: readonly OutgoingRecord[]): Buffer {
  return encodeRecordBatch(records, [...records.keys()], 0, 1e9, 'none').bytes
}

test('what is encoded is read again, batch after batch, and a batch that is cut off is left out', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 6 }), fc.nat(), (records, cut) => {
      const bytes = encode(records)
      const batches = readBatches(Buffer.concat([bytes, bytes, bytes.subarray(0, cut % bytes.length)]))
      assert.equal(batches.length, 2)
      const read = batches[1]?.records.map(({ key, value, headers, timestamp, offset, fault }) => ({
        ...{ key: key?.toString() ?? null, value: value?.toString() ?? null, headers, timestamp },
        ...{ offset: Number(offset), fault },
      }))
      const sent = records.map(({ topic: _, ...fields }, offset) => ({ ...fields, offset, fault: undefined }))
      assert.deepEqual(read, sent)
    }),
  )
})

test('whatever is wrong in a batch, reading never throws and goes on behind it', () => {
  const good = encode([{ topic: 't', key: 'k', value: 'good', headers: {} }])
  const damages = fc.array(fc.record({ at: fc.nat(), byte: fc.nat(255) }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 4 }), damages, (records, damage) => {
      const bytes = encode(records)
      // The length of the batch and its first offset are the broker's.
      for (const { at, byte } of damage) bytes[12 + (at % (bytes.length - 12))] = byte
      const batches = readBatches(Buffer.concat([bytes, good]))
      assert.equal(batches.length, 2)
      assert.equal(String(batches[1]?.records[0]?.value), 'good')
    }),
    { numRuns: 500 },
  )
})

test('a record that breaks the format is faulty, and those beside it in the batch are read', () => {
  const records = ['first', 'second', 'third'].map((value) => ({ topic: 't', key: 'k', value, headers: {} }))
  const bytes = encode(records)
  bytes[bytes.indexOf('second') - 1] = 126 // its length leads behind the record
  const read = readBatches(bytes)[0]?.records.map(({ offset, value, fault }) => {
    return [Number(offset), value?.toString(), fault?.code]
  })
  assert.deepEqual(read, [
    [0, 'first', undefined],
    [1, undefined, 'undecodable'],
    [2, 'third', undefined],
  ])
})

/** The frame in which Java's clients and brokers put snappy. */
function xerial(...blocks: readonly Buffer[]): Buffer {
  const header = Buffer.from('82534e4150505900' + '00000001' + '00000001', 'hex')
  const parts = blocks.map(snappyCompress).flatMap((block) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(block.length)
    return [length, block]
  })
  return Buffer.concat([header, ...parts])
}

test('every codec unfolds up to the bound and no further', () => {
  const data = Buffer.alloc(300_000, 'data')
  const folded = {
    1: compressionsAlgorithms.gzip.compressSync(data),
    2: compressionsAlgorithms.snappy.compressSync(data),
    3: compressionsAlgorithms.lz4.compressSync(data),
    4: compressionsAlgorithms.zstd.compressSync(data),
  }
  for (const [codec, bytes] of Object.entries(folded)) {
    assert.deepEqual(decompress(bytes, Number(codec)), data, codec)
    assert.throws(() => decompress(bytes, Number(codec), 200_000), RangeError, codec)
  }
  const framed = xerial(data.subarray(0, 100_000), data.subarray(100_000))
  assert.deepEqual(decompress(framed, 2), data)
  assert.throws(() => decompress(framed, 2, 200_000), RangeError)
  assert.throws(() => decompress(data, 7), RangeError)
})
