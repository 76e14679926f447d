import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { enqueue } from '@relevo/outbox'
import { testEachSource } from '../support/eachSource.ts'
import { outboxRun } from '../support/outboxRun.ts'

testEachSource('many writers on few keys, with pauses before the commit and rollbacks', async (t, source) => {
  const run = await outboxRun(t, { source })
  await run.streams(await run.startRelay())
  const load = run.write({ writers: 8, keys: 5 })
  await load.progress(1_000)
  const ledger = await load.stop()
  const report = await run.check(ledger)
  assert.equal(report.recorded, ledger.acknowledged.length, 'what was rolled back is not there')
  assert.equal(report.duplicatesDelivered, 0, 'without a fault each event is delivered once')
  assert.ok(ledger.rolledBack > 0)
})

testEachSource(
  'a transaction held open for the whole run, with an event in it, and another that only has an xid',
  async (t, source) => {
    const run = await outboxRun(t, { source })
    const [holder, bystander] = [await run.holdTransaction(), await run.holdTransaction()]
    await bystander.query('select pg_current_xact_id()')
    const held = { eventId: randomUUID(), topic: run.topic, key: 'held', type: 'test.held', payload: {} }
    await enqueue(holder, [held])
    await run.startRelay()
    const load = run.write()
    await load.progress(600)
    const ledger = await load.stop()
    const meanwhile = await run.check(ledger)
    assert.equal(meanwhile.recorded, ledger.acknowledged.length, 'all the others are out while it is held')

    await enqueue(holder, [{ ...held, eventId: randomUUID() }])
    await holder.query('commit')
    const report = await run.check({ acknowledged: [...ledger.acknowledged, held.eventId] })
    assert.equal(report.recorded, ledger.acknowledged.length + 2)
    assert.equal(report.duplicatesDelivered, 0)
  },
)
