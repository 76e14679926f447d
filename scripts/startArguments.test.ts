import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseStartArguments } from './startArguments.ts'

const known = ['messages', 'shop']
const parse = (...argv: string[]) => parseStartArguments(argv, known)

test('without arguments every system starts on its own ports', () => {
  assert.deepEqual(parse(), { systems: [], portOffset: 0, help: false })
})

test('systems are named once each, with or without an offset', () => {
  assert.deepEqual(parse('shop', '--port-offset', '100', 'shop'), {
    systems: ['shop'],
    portOffset: 100,
    help: false,
  })
  assert.deepEqual(parse('--port-offset=7'), { systems: [], portOffset: 7, help: false })
  assert.deepEqual(parse('-h'), { systems: [], portOffset: 0, help: true })
})

test('what is wrong is said', () => {
  assert.equal(parse('shops', 'messages', 'x'), 'There is no system shops, x; there is messages, shop.')
  for (const value of ['ten', '-1', '1.5', '40001']) {
    assert.match(String(parse(`--port-offset=${value}`)), new RegExp(`whole number.*"${value}"`))
  }
  assert.match(String(parse('--ports')), /--ports/)
})
