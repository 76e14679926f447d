import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { eventually, relayHarness, silent } from '../relayHarness.ts'
import { OutboxMonitor } from './outboxMonitor.ts'

test('the monitor shows the backlog, and what a slot retains and how much is left, as long as it is there', async (t) => {
  const { pool, record } = await relayHarness(t)
  const slot = `test_${Date.now()}`
  await record({}, {})
  await pool.query(`select pg_create_logical_replication_slot($1, 'pgoutput')`, [slot])
  const registry = new Registry()
  const monitor = new OutboxMonitor(pool, registry, silent, { outbox: 'orders', backlogEveryMs: 20, slot })
  monitor.start()
  const shows = (pattern: RegExp) =>
    eventually(async () => pattern.test(await registry.metrics()), `${pattern}`)
  await shows(/relevo_outbox_backlog_events\{outbox="orders"\} 2/)
  await shows(/relevo_slot_retained_bytes\{outbox="orders",slot="test_\d+"\} \d+/)
  await shows(/relevo_outbox_unowned_shards\{outbox="orders"\} 16/)
  await shows(/relevo_outbox_partition_days\{outbox="orders"\} 15/)
  await shows(/relevo_slot_safe_bytes\{outbox="orders",slot="test_\d+"\} \d+/)
  await pool.query('select pg_drop_replication_slot($1)', [slot])
  await eventually(async () => !(await registry.metrics()).includes(slot), 'nothing of the slot that is gone')
  assert.equal(monitor.backlog?.events, 2)
  await monitor.stop()
  assert.match(
    await registry.metrics(),
    /relevo_outbox_audit_difference_events\{outbox="orders",shard="0"\} 0/,
  )
})

test('a slot is not protected while no replica is there that could have it', async (t) => {
  const { pool } = await relayHarness(t)
  const [slot, replica] = [`test_${Date.now()}`, `replica_${Date.now()}`]
  const registry = new Registry()
  const monitor = new OutboxMonitor(pool, registry, silent, { backlogEveryMs: 20, slot })
  const drop =
    'select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = any($1)'
  try {
    await pool.query(`select pg_create_logical_replication_slot($1, 'pgoutput', false, false, true)`, [slot])
    // That there is one says that there are replicas; nobody reads from it.
    await pool.query('select pg_create_physical_replication_slot($1)', [replica])
    monitor.start()
    const shown = /relevo_slot_failover_protected\{.*\} 0/
    await eventually(async () => shown.test(await registry.metrics()), 'not protected')
  } finally {
    await monitor.stop()
    await pool.query(drop, [[slot, replica]])
  }
})
