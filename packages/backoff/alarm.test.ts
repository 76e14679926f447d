import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAlarm } from './alarm.ts'

const long = 600_000

test('a sleep ends by its time, by a wake, by one that came before it, or by the signal, for all who sleep', async () => {
  const stopping = new AbortController()
  const alarm = createAlarm(stopping.signal)
  await alarm.sleep(1)
  const both = [alarm.sleep(long), alarm.sleep(long)]
  alarm.wake()
  await Promise.all(both)
  alarm.wake()
  alarm.wake()
  await alarm.sleep(long)
  const last = [alarm.sleep(long), alarm.sleep(long)] // a wake counts for one sleep
  let isOver = false
  void Promise.all(last).then(() => {
    isOver = true
  })
  await alarm.sleep(1)
  assert.equal(isOver, false)
  stopping.abort()
  await Promise.all(last)
  await alarm.sleep(long)
})
