import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { formatInput, readInput } from './readInput.ts'

/** What is read of a connection that stays open. */
function read(text: string) {
  const open = new PassThrough()
  open.write(text)
  return readInput(open)
}

test('what is formatted is read, though the connection stays open', async () => {
  assert.deepEqual(await read(formatInput('{"a":1}\n{"a":2}', [['x', 'y'], [], ['z']])), {
    ledger: ['{"a":1}', '{"a":2}'],
    events: ['x', 'y', 'z'],
    files: 3,
  })
  assert.deepEqual(await read(formatInput('one', [])), { ledger: ['one'], events: [], files: 0 })
})

test('input that breaks off is an error, not a short ledger', async () => {
  const broken = new PassThrough()
  broken.end('{"a":1}\n@@file\nx\n')
  await assert.rejects(readInput(broken), /broke off/)
})
