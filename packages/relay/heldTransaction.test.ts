import { test } from 'node:test'
import { enqueue } from '@relevo/outbox'
import { eventually, relayHarness } from './relayHarness.ts'

test('an event whose transaction stays open over many looks goes out, with nothing else going on', async (t) => {
  const { startRelay, states, pool, topic } = await relayHarness(t)
  const relay = startRelay({ leaseMs: 10_000 })
  await eventually(async () => relay.status().shards.length === 16, 'holding every shard')
  const writer = await pool.connect()
  await writer.query('begin')
  await enqueue(writer, [{ topic, type: 'test.happened', payload: {} }])
  await writer.query('select pg_sleep(0.2)') // some looks, each of which finds the id drawn and the row not there
  await writer.query('commit')
  writer.release()
  await eventually(async () => (await states()).E === 1, 'the state E')
})
