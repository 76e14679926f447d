import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resultMark, resultOf } from './resultMark.ts'

test('the result is found among what else was printed', () => {
  assert.deepEqual(resultOf(`a warning\n${resultMark}{"x":1}\n`), { x: 1 })
  assert.throws(() => resultOf('a stack trace'), /a stack trace/)
})
