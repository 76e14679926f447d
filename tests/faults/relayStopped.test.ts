import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holdsShards, outboxRun } from '../support/outboxRun.ts'

test('a relay that is told to stop under load hands its shards over at once, loses and doubles nothing', async (t) => {
  // With the longest lease there is, shards that were not handed over would be seen to be missing.
  const run = await outboxRun(t, { relay: { LEASE_MS: '10000' } })
  const first = await run.startRelay()
  await holdsShards(first)
  const second = await run.startRelay()
  await Promise.all([holdsShards(first, 8), holdsShards(second, 8)])
  const load = run.write()
  await load.progress(200)
  assert.equal(await first.stop(), 0)
  const { rows } = await run.pool.query('select count(*)::integer as relays from outbox.relay')
  assert.equal(rows[0].relays, 1, 'it signed off')
  await load.progress(100)
  await holdsShards(second)
  const report = await run.check(await load.stop())
  assert.equal(report.duplicatesDelivered, 0)
  assert.equal(await second.stop(), 0)
})
