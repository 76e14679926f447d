import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { endOfInput, readInput } from './readInput.ts'
import { resultMark, resultOf } from './resultMark.ts'

test('the result is found among what else was printed', () => {
  assert.deepEqual(resultOf(`a warning\n${resultMark}{"x":1}\n`), { x: 1 })
  assert.throws(() => resultOf('a stack trace'), /a stack trace/)
})

test('input ends with its mark, though the connection stays open; without it, it broke off', async () => {
  const open = new PassThrough()
  open.write(`one\ntwo\n${endOfInput}\n`)
  assert.deepEqual(await readInput(open), ['one', 'two'])
  const broken = new PassThrough()
  broken.end('one\n')
  await assert.rejects(readInput(broken), /broke off/)
})
