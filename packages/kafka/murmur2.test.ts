import assert from 'node:assert/strict'
import { test } from 'node:test'
import { murmur2, partitionOf } from './murmur2.ts'

// From UtilsTest.testMurmur2 of Kafka's Java client.
const vectors: ReadonlyArray<readonly [string, number]> = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
]

test('murmur2 gives the hashes of the Java client', () => {
  for (const [text, hash] of vectors) assert.equal(murmur2(Buffer.from(text)), hash, text)
})

test('the partition is the hash without its sign, modulo the partitions', () => {
  assert.equal(partitionOf('foobar', 6), (-790332482 & 0x7fffffff) % 6)
  assert.equal(partitionOf('foobar', 1), 0)
})
