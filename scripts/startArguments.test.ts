import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseStartArguments } from './startArguments.ts'

const known = ['messages', 'shop']
const parse = (...argv: string[]) => parseStartArguments(argv, known)

test('without arguments every system starts on its own ports', () => {
  assert.deepEqual(parse(), { systems: [], portOffset: 0 })
})

test('systems are named once each, with or without an offset', () => {
  assert.deepEqual(parse('shop', '--port-offset', '100', 'shop'), { systems: ['shop'], portOffset: 100 })
  assert.deepEqual(parse('--port-offset=7'), { systems: [], portOffset: 7 })
})

test('what is wrong is said', () => {
  const code = 'usage'
  const message = 'There is no system shops, x; there is messages, shop.'
  assert.throws(() => parse('shops', 'messages', 'x'), { code, message })
  for (const value of ['ten', '-1', '1.5', '40001', ''])
    assert.throws(() => parse(`--port-offset=${value}`), {
      code,
      message: new RegExp(`whole number.*"${value}"`),
    })
  assert.throws(() => parse('--ports'), { code, message: /--ports/ })
})
