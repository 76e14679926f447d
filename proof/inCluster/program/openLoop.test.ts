import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { runOpenLoop } from './openLoop.ts'

test('slow tasks do not slow the schedule down; what exceeds the bound is dropped and counted', async () => {
  const stopping = new AbortController()
  let release = () => {}
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  let underWay = 0
  const running = runOpenLoop({ perSecond: 1_000, maxInFlight: 5, signal: stopping.signal }, () => {
    underWay += 1
    return gate
  })
  while (underWay < 5) await delay(5)
  const deadline = performance.now() + 200
  while (performance.now() < deadline) await delay(20)
  assert.equal(underWay, 5)
  stopping.abort()
  release()
  const { started, dropped } = await running
  assert.equal(started, 5)
  assert.ok(dropped > 0)
})

test('it waits for the tasks under way when it is stopped', async () => {
  const stopping = new AbortController()
  let finished = 0
  let started = 0
  const running = runOpenLoop({ perSecond: 500, maxInFlight: 100, signal: stopping.signal }, async () => {
    started += 1
    await delay(50)
    finished += 1
  })
  while (started === 0) await delay(5)
  stopping.abort()
  const counts = await running
  assert.equal(finished, started)
  assert.equal(counts.started, started)
})
