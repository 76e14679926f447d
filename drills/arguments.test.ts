import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDrillArguments } from './arguments.ts'

const known = ['a', 'b', 'c']

test('names come in the order of the catalogue, and all means every one', () => {
  assert.deepEqual(parseDrillArguments(['c', 'a'], known), { names: ['a', 'c'], write: false })
  assert.deepEqual(parseDrillArguments(['all', '--write', '-n', 'ns'], known), {
    names: known,
    write: true,
    namespace: 'ns',
  })
})

test('wrong arguments are said, with the name', () => {
  assert.throws(() => parseDrillArguments([], known), { code: 'usage', message: /Which drill/ })
  assert.throws(() => parseDrillArguments(['d'], known), { code: 'usage', message: /no drill d/ })
  assert.throws(() => parseDrillArguments(['a', '--prometheus', 'here'], known), { message: /is a URL/ })
  assert.throws(() => parseDrillArguments(['a', '--fast'], known), { code: 'usage', message: /--fast/ })
})
