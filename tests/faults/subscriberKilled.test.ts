import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { waitUntil } from '@relevo/embedded'
import { commissionsSystem, expectEachOnce, readEvents } from '../support/commissionsSystem.ts'

// A group waits for the session of a member that was killed.
const slow = { timeout: 300_000 }

test('a subscriber killed twice, beside another, leaves each event in one file once', slow, async (t) => {
  const system = await commissionsSystem(t)
  const { complete, notifications, eventsFile, subscribe } = system
  const other = await subscribe()
  let busy = true
  const load = (async () => {
    while (busy) await Promise.all([complete(), complete(), complete(), delay(100)])
  })()
  const written = async () => (await readEvents(eventsFile)).length + (await readEvents(other.file)).length
  for (let i = 0; i < 2; i++) {
    const before = await written()
    const progress = async () => (await written()) > before + 30
    assert.ok(await waitUntil(progress, 60_000), `no progress\n${notifications.log()}`)
    await notifications.kill()
    await notifications.start()
  }
  busy = false
  await load
  await expectEachOnce(system, eventsFile, other.file)
})
