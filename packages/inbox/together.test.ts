import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { together } from './together.ts'

/** Works that note when they begin and end; those of `failing` reject. */
function works(count: number, failing: readonly number[] = []) {
  const log: string[] = []
  const each = Array.from({ length: count }, (_, n) => async () => {
    log.push(`begin ${n}`)
    await setImmediate()
    log.push(`end ${n}`)
    if (failing.includes(n)) throw new Error(`work ${n}`)
    return n
  })
  return { log, each }
}

test('on a pipelined connection the works go at once, as many as allowed, and the results keep their order', async () => {
  const { log, each } = works(5)
  assert.deepEqual(await together({ pipeline: true }, each, 3), [0, 1, 2, 3, 4])
  assert.deepEqual(log.slice(0, 3), ['begin 0', 'begin 1', 'begin 2'])
})

test('on another connection they go one after the other', async () => {
  const { log, each } = works(3)
  assert.deepEqual(await together({}, each), [0, 1, 2])
  assert.deepEqual(log, ['begin 0', 'end 0', 'begin 1', 'end 1', 'begin 2', 'end 2'])
})

test('the first error is told once whatever was begun has ended, and nothing is begun after it', async () => {
  const { log, each } = works(6, [0, 1])
  await assert.rejects(together({ pipeline: true }, each, 3), { message: 'work 0' })
  const begun = log.filter((line) => line.startsWith('begin')).length
  assert.equal(log.filter((line) => line.startsWith('end')).length, begun)
  assert.ok(begun < 6, log.join())
})
