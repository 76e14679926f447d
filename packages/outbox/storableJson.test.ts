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

test('what JSON would write as another value is refused, and the message says where it is', () => {
  const cases: [unknown, string][] = [
    [Number.NaN, 'NaN. '],
    [{ a: [1, { 'b c': Number.POSITIVE_INFINITY }] }, 'Infinity at .a[1]["b c"]. '],
    [[1, undefined], 'undefined at [1]. '],
    // biome-ignore lint/suspicious/noSparseArray: the case at hand
    [{ list: [1, , 3] }, 'undefined at .list[1]. '],
    [{ list: [() => 1] }, 'a function at .list[0]. '],
    [{ at: new Date(Number.NaN) }, 'an invalid Date at .at. '],
    [{ tags: new Set([1]) }, 'a Set at .tags. '],
    [{ tags: new Map() }, 'a Map at .tags. '],
  ]
  for (const [value, found] of cases)
    assert.throws(
      () => storableJson(value, 'the payload'),
      (error: unknown) => {
        return (
          withCode('unstorable')(error) &&
          error instanceof OutboxError &&
          error.message.includes(`holds ${found}`)
        )
      },
      found,
    )
  const inBigint = (error: unknown) =>
    withCode('invalidEvent')(error) &&
    error instanceof OutboxError &&
    error.message.includes('a bigint at .a.b. ')
  assert.throws(() => storableJson({ a: { b: 10n } }, 'the payload'), inBigint)
})

test('what JSON writes as it is, or leaves out, is stored', () => {
  const at = new Date(0)
  const shared = {}
  for (const value of [
    null,
    [null],
    { a: undefined },
    {},
    { at },
    { a: shared, b: [shared, { shared }] },
    'null {}',
  ])
    assert.equal(storableJson(value, 'the payload'), JSON.stringify(value))
})

test('a number beyond a double is stored digit by digit as raw JSON', () => {
  const { rawJSON } = JSON as typeof JSON & { rawJSON(text: string): unknown }
  const value = { amount: rawJSON('12345678901234567890.123456789'), none: null }
  assert.equal(storableJson(value, 'the payload'), '{"amount":12345678901234567890.123456789,"none":null}')
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
