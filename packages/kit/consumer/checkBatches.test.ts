import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkBatches } from './checkBatches.ts'

const check = checkBatches({ batchSize: 200 })

test('batches whose keys fit into the lock table together are fine, with defaults and with what is set', () => {
  for (const env of [{}, { BATCH_SIZE: '' }, { BATCH_SIZE: '1000' }, { CONCURRENCY: '16' }])
    assert.deepEqual(check(env), [], JSON.stringify(env))
  assert.deepEqual(check({ BATCH_SIZE: '50', CONCURRENCY: '64' }), [])
})

test('more keys than that are refused with the variables that say it', () => {
  for (const env of [
    { BATCH_SIZE: '1000', CONCURRENCY: '64' },
    { CONCURRENCY: '17' },
    { BATCH_SIZE: '1067' },
  ])
    assert.match(check(env).join(), /^BATCH_SIZE × CONCURRENCY must be at most 3200/, JSON.stringify(env))
  assert.deepEqual(checkBatches({ batchSize: 5_000, concurrency: 1 })({}).length, 1)
})

test('what is no number is for the check of the variable itself', () => {
  assert.deepEqual(check({ BATCH_SIZE: 'many' }), [])
})
