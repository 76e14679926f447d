import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from './eventually.ts'

test('returns what is found at last', async () => {
  let looks = 0
  assert.equal(await eventually(async () => ++looks === 3 && 'found'), 'found')
})

test('fails with what did not come about, and with the error of the look', async () => {
  await assert.rejects(
    eventually(() => false, 'a miracle', 30),
    /Not within 0\.03 s: a miracle/,
  )
  await assert.rejects(
    eventually(() => Promise.reject(new Error('broken'))),
    /broken/,
  )
})
