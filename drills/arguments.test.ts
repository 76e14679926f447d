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
  assert.match(String(parseDrillArguments([], known)), /Which drill/)
  assert.match(String(parseDrillArguments(['d'], known)), /no drill d/)
  assert.match(String(parseDrillArguments(['a', '--fast'], known)), /--fast/)
})
