import assert from 'node:assert/strict'
import { test } from 'node:test'
import { waitForAll } from './waitForAll.ts'

test('flows are quiet together once all of them are, at the first look, in two rounds', async () => {
  // The second flow's effects record an event of the first one during the second round.
  const asked: string[] = []
  const first = async () => {
    asked.push('first')
    return { quiet: true, waitedMs: 0, looks: asked.length === 3 ? 2 : 1 }
  }
  const second = async () => {
    asked.push('second')
    return { quiet: true, waitedMs: 0, looks: 1 }
  }
  assert.equal((await waitForAll([first, second], 60_000)).quiet, true)
  assert.equal(asked.length, 8)
})

test('a look that takes long on a busy cluster is one look all the same', async () => {
  const slow = async () => ({ quiet: true, waitedMs: 9_000, looks: 1 })
  const { quiet, looks } = await waitForAll([slow, slow], 60_000)
  assert.deepEqual({ quiet, looks }, { quiet: true, looks: 2 })
})

test('a flow that never rests uses up the budget', async () => {
  const restless = async () => ({ quiet: false, waitedMs: 0, looks: 1 })
  assert.equal((await waitForAll([restless, restless], 5)).quiet, false)
})

test('a single flow tells by itself', async () => {
  const alone = { quiet: true, waitedMs: 7, looks: 3 }
  assert.deepEqual(await waitForAll([async () => alone], 1), alone)
})
