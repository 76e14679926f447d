import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isVisible } from '@relevo/cursor'
import { enqueue } from '@relevo/outbox'
import { relayHarness } from '../relayHarness.ts'
import { probeOutbox } from './probeOutbox.ts'

test('a probe names every transaction that has drawn an id and is not visible', async (t) => {
  const { pool, topic } = await relayHarness(t)
  const event = { topic, type: 'test.happened', payload: {} }
  const [done] = await enqueue(pool, [event])
  const writer = await pool.connect()
  await writer.query('begin')
  const [held] = await enqueue(writer, [event])
  const { snapshot, seq } = await probeOutbox(pool)
  await writer.query('rollback')
  writer.release()
  assert.ok(done && isVisible(done.xid, snapshot))
  assert.ok(held && snapshot.inProgress.has(held.xid))
  assert.equal(seq, held.id)
  const { rows } = await pool.query('select pg_visible_in_snapshot($1, $2) as visible', [
    held.xid,
    snapshot.text,
  ])
  assert.equal(rows[0].visible, false, 'Postgres reads it the same')
})

test('thousands of open subtransactions are not named one by one', async (t) => {
  const { pool, topic } = await relayHarness(t)
  const writer = await pool.connect()
  await writer.query('begin')
  const [held] = await enqueue(writer, [{ topic, type: 'test.happened', payload: {} }])
  await writer.query(`do $$ begin
    create temporary table scratch (i integer);
    for i in 1..3000 loop
      begin insert into scratch values (i); exception when others then raise; end;
    end loop;
  end $$`)
  const { snapshot } = await probeOutbox(pool)
  await writer.query('rollback')
  writer.release()
  assert.ok(held && snapshot.inProgress.has(held.xid))
  assert.ok(snapshot.inProgress.size < 1_000, `${snapshot.inProgress.size} named`)
})
