import assert from 'node:assert/strict'
import { test } from 'node:test'
import { waitForAll } from './waitForAll.ts'

test('flows are quiet together once all of them are, at the first look, in two rounds', async () => {
  // The second flow's effects record an event of the first one during the second round.
  const looks: string[] = []
  const first = async () => {
    looks.push('first')
    return { quiet: true, waitedMs: looks.length === 3 ? 900 : 0 }
  }
  const second = async () => {
    looks.push('second')
    return { quiet: true, waitedMs: 0 }
  }
  assert.equal((await waitForAll([first, second], 60_000)).quiet, true)
  assert.equal(looks.length, 8)
})

test('a flow that never rests uses up the budget', async () => {
  const restless = async () => ({ quiet: false, waitedMs: 0 })
  assert.equal((await waitForAll([restless, restless], 5)).quiet, false)
})

test('a single flow tells by itself', async () => {
  assert.deepEqual(await waitForAll([async () => ({ quiet: true, waitedMs: 7 })], 1), {
    quiet: true,
    waitedMs: 7,
  })
})
