import assert from 'node:assert/strict'
import { test } from 'node:test'
import { enqueue } from '@relevo/outbox'
import type pg from 'pg'
import { cursorValues, storeOutcome } from '../publish/laneStore.ts'
import { eventually, relayHarness, silent } from '../relayHarness.ts'
import { moveCursors } from '../sql/moveCursors.ts'
import { openSqlClient } from '../sqlClient.ts'
import { type Lane, toLanes } from './lane.ts'
import { Leases } from './leases.ts'

test('an event whose transaction stays open over many probes goes out, with nothing else going on', async (t) => {
  const { startRelay, states, pool, topic } = await relayHarness(t)
  const relay = startRelay({ leaseMs: 10_000 })
  await eventually(async () => relay.status().shards.length === 16, 'holding every shard')
  const writer = await pool.connect()
  await writer.query('begin')
  await enqueue(writer, [{ topic, type: 'test.happened', payload: {} }])
  await writer.query('select pg_sleep(0.2)') // some probes, each of which finds the id drawn and the row not there
  await writer.query('commit')
  writer.release()
  await eventually(async () => (await states()).E === 1, 'the state E')
})

test('a cursor is stored and read in as few blocks after many others beside a transaction held open', async (t) => {
  const { pool, databaseUrl } = await relayHarness(t)
  const options = { connectionString: databaseUrl, applicationName: 'test', timeoutMs: 30_000, onError() {} }
  const client = openSqlClient(options)
  t.after(() => client.end())
  const lanes = toLanes(await new Leases(client, silent, { owner: 'a', leaseMs: 60_000 }).take(16))
  assert.equal(lanes.length, 1)
  const acknowledged = new Map(Array.from({ length: 16 }, (_, shard) => [shard, 1]))
  async function storeTimes(times: number): Promise<void> {
    for (let time = 0; time < times; time++)
      for (const lane of lanes)
        await storeOutcome(client, lane, { acknowledged, refused: [], behind: [] }, { firstRetryMs: 1 })
  }
  async function blocksOf(times: number): Promise<number> {
    let blocks = 0
    for (let time = 0; time < times; time++) {
      blocks += await visitedBlocks(client, moveCursors.text, moveOf(lanes[0]))
      blocks += await visitedBlocks(client, 'select * from outbox.cursor')
    }
    return blocks
  }
  const holder = await pool.connect()
  await holder.query('begin; select pg_current_xact_id()')
  const first = await blocksOf(50)
  await storeTimes(2_000)
  const last = await blocksOf(50)
  await holder.query('commit')
  holder.release()

  assert.ok(last < 5 * first, `${first} blocks at first, ${last} in the end`)
})

/** What storeOutcome gives to `moveCursors` when an event of each shard was acknowledged. */
function moveOf(lane: Lane | undefined): unknown[] {
  assert.ok(lane)
  assert.equal(lane.window, undefined)
  const ones = Array.from(lane.shards, () => 1)
  const none = ones.map(() => 0)
  return [[...lane.shards.keys()], [...lane.shards.values()].map(String), ones, none, ...cursorValues(lane)]
}

/** Carries the statement out, and counts the blocks that it looked at. */
async function visitedBlocks(client: Pick<pg.Pool, 'query'>, statement: string, values: unknown[] = []) {
  const { rows } = await client.query(`explain (analyze, buffers, format json) ${statement}`, values)
  const { Plan: plan } = rows[0]['QUERY PLAN'][0]
  return Number(plan['Shared Hit Blocks']) + Number(plan['Shared Read Blocks'])
}
