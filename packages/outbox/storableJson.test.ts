import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { OutboxError, type OutboxErrorCode } from './outboxError.ts'
import { isStorable, storableJson } from './storableJson.ts'

const withCode = (code: OutboxErrorCode) => (error: unknown) =>
  error instanceof OutboxError && error.code === code && error.message.includes('the payload')

test('texts with U+0000 or a lone surrogate are not storable', () => {
  for (const text of ['', 'a', 'ñ', '😀', '\u0001', '\uFFFF']) assert.equal(isStorable(text), true, text)
  for (const text of ['\0', 'a\0b', '\uD83D', '\uDE00\uD83D']) assert.equal(isStorable(text), false)
})

test('values that cannot be stored are refused wherever they are', () => {
  for (const bad of ['\0', '\uD800'])
    for (const value of [bad, [bad], { a: { b: [1, bad] } }, { [bad]: 1 }])
      assert.throws(() => storableJson(value, 'the payload'), withCode('unstorable'))
})

test('texts that merely look like an escape are storable', () => {
  for (const value of ['\\u0000', '\\ud800', '\u0001', { '\\u0000': '\\\\u0000' }])
    assert.equal(storableJson(value, 'the payload'), JSON.stringify(value))
})

test('values without a JSON text are refused', () => {
  const cycle: unknown[] = []
  cycle.push(cycle)
  for (const value of [undefined, () => 1, Symbol('s'), 1n, cycle])
    assert.throws(() => storableJson(value, 'the payload'), withCode('invalidEvent'))
})

test('a value is refused exactly when a text in it is not storable', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      const texts: string[] = []
      JSON.stringify(value, (name, inner: unknown) => {
        texts.push(name, ...(typeof inner === 'string' ? [inner] : []))
        return inner
      })
      if (texts.every(isStorable)) assert.equal(storableJson(value, 'the payload'), JSON.stringify(value))
      else assert.throws(() => storableJson(value, 'the payload'), withCode('unstorable'))
    }),
    { numRuns: 500, examples: [['\0'], [['\uD800']]] },
  )
})
