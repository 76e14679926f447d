import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkHistory } from './checkHistory.ts'
import type { Delivery, History } from './history.ts'

function delivery(eventId: string | null, offset: number, partition = 0): Delivery {
  return { eventId, topic: 't', partition, offset: BigInt(offset) }
}

const outbox = [
  { id: 2, eventId: 'a1', key: 'a' },
  { id: 3, eventId: 'b1', key: 'b' },
  { id: 7, eventId: 'a2', key: 'a' },
]
const deliveries = [delivery('a1', 0), delivery('b1', 1), delivery('a2', 2)]
const effects = [{ event: 'a1' }, { event: 'b1' }, { event: 'a2' }]

/** A history in order, but for what is given. */
const history = (fields: Partial<History> = {}): History => ({
  ledger: { acknowledged: ['a1', 'b1', 'a2'] },
  outbox,
  deliveries,
  effects,
  effectsInOrder: true,
  lag: 0,
  auditDifference: 0,
  ...fields,
})

test('a run in which all went well is in order', async () => {
  const { ok, acknowledged, recorded, delivered, effects: taken, ...rest } = await checkHistory(history())
  assert.equal(ok, true)
  assert.deepEqual([acknowledged, recorded, delivered, taken], [3, 3, 3, 3])
  assert.equal(rest.duplicatesDelivered, 0)
})

test('events are found by their number in the outbox as well', async () => {
  const effectsByNumber = [{ event: 2 }, { event: 3 }, { event: 7 }]
  const report = await checkHistory(
    history({ ledger: { acknowledged: [2, 7, 3] }, effects: effectsByNumber }),
  )
  assert.equal(report.ok, true)
  const lost = await checkHistory(history({ ledger: { acknowledged: [2, 5] } }))
  assert.deepEqual(lost.lost.samples, [{ reason: 'acknowledged and not in the outbox', event: '5' }])
})

test('an event that was acknowledged and is not in the outbox is lost', async () => {
  const report = await checkHistory(history({ ledger: { acknowledged: ['a1', 'c1'] } }))
  assert.equal(report.ok, false)
  assert.deepEqual(report.lost.samples, [{ reason: 'acknowledged and not in the outbox', event: 'c1' }])
})

test('an event that never came to Kafka is lost', async () => {
  const report = await checkHistory(
    history({ deliveries: deliveries.slice(0, 2), effects: effects.slice(0, 2) }),
  )
  assert.equal(report.ok, false)
  assert.deepEqual(report.lost.samples, [
    { reason: 'in the outbox and not in Kafka', event: 'a2 (7)', key: 'a' },
  ])
})

test('an event that an operator left out is not lost', async () => {
  const missing = { deliveries: deliveries.slice(0, 2), effects: effects.slice(0, 2) }
  assert.equal((await checkHistory(history({ ...missing, leftOut: ['a2'] }))).ok, true)
  assert.equal((await checkHistory(history({ ...missing, leftOut: ['b1'] }))).ok, false)
})

test('an event without effect is lost', async () => {
  const report = await checkHistory(history({ effects: effects.slice(1) }))
  assert.equal(report.ok, false)
  assert.equal(report.effects, 2)
  assert.deepEqual(report.lost.samples, [
    { reason: 'in Kafka and without effect', event: 'a1 (2)', key: 'a' },
  ])
})

test('an event that took effect twice is a fault', async () => {
  const report = await checkHistory(history({ effects: [...effects, { event: 'b1' }] }))
  assert.equal(report.ok, false)
  assert.deepEqual(report.duplicateEffects.samples, [
    { reason: 'more than one effect', event: 'b1 (3)', key: 'b' },
  ])
})

test('an event that was delivered twice is counted and no fault', async () => {
  const report = await checkHistory(history({ deliveries: [...deliveries, delivery('a1', 3)] }))
  assert.equal(report.ok, true)
  assert.equal(report.duplicatesDelivered, 1)
})

test('events of a key whose first deliveries are swapped are a fault', async () => {
  const swapped = [delivery('a2', 0), delivery('b1', 1), delivery('a1', 2), delivery('a2', 3)]
  const report = await checkHistory(history({ deliveries: swapped }))
  assert.equal(report.ok, false)
  assert.deepEqual(report.reorderings.samples, [
    { reason: 'delivered after a later event of its key', event: 'a1 (2)', key: 'a' },
  ])
})

test('events of a key in two partitions have no order between them', async () => {
  const report = await checkHistory(
    history({ deliveries: [delivery('a2', 0, 0), delivery('b1', 1, 0), delivery('a1', 0, 1)] }),
  )
  assert.equal(report.ok, true)
})

test('events of a key that took effect in the wrong order are a fault, where the order is known', async () => {
  const swapped = [{ event: 'a2' }, { event: 'b1' }, { event: 'a1' }]
  const report = await checkHistory(history({ effects: swapped }))
  assert.equal(report.reorderings.samples[0]?.reason, 'took effect after a later event of its key')
  assert.equal(report.ok, false)
  assert.equal((await checkHistory(history({ effects: swapped, effectsInOrder: false }))).ok, true)
})

test('records and effects that come from nowhere are faults', async () => {
  const report = await checkHistory(
    history({
      deliveries: [...deliveries, delivery('x', 3), delivery(null, 4)],
      effects: [...effects, { event: 'y' }],
    }),
  )
  assert.equal(report.ok, false)
  assert.deepEqual(report.phantom.samples, [
    { reason: 'in Kafka and not in the outbox', event: 'x (t 0@3)' },
    { reason: 'in Kafka and not in the outbox', event: 'no event id (t 0@4)' },
    { reason: 'with effect and not in Kafka', event: 'y' },
  ])
})

test('a request of unknown outcome may be recorded or not, and not twice', async () => {
  const unknown = { acknowledged: ['a1', 'b1'], unknown: ['a2', 'never'] }
  const once = await checkHistory(history({ ledger: unknown }))
  assert.equal(once.ok, true)
  assert.deepEqual([once.unknown, once.unknownRecorded], [2, 1])

  const twiceRecorded = await checkHistory(
    history({ ledger: unknown, outbox: [...outbox, { id: 9, eventId: 'a2', key: 'a' }] }),
  )
  assert.equal(twiceRecorded.ok, false)
  assert.equal(twiceRecorded.duplicateRecords.count, 1)

  const twiceTaken = await checkHistory(history({ ledger: unknown, effects: [...effects, { event: 'a2' }] }))
  assert.equal(twiceTaken.ok, false)
  assert.equal(twiceTaken.duplicateEffects.count, 1)
})

test('lag and an audit difference are faults by themselves', async () => {
  assert.equal((await checkHistory(history({ lag: 1 }))).ok, false)
  assert.equal((await checkHistory(history({ auditDifference: 2 }))).ok, false)
})

test('of many findings all are counted and a few are listed', async () => {
  const lost = Array.from({ length: 1_000 }, (_, i) => `lost-${i}`)
  const { lost: findings } = await checkHistory(history({ ledger: { acknowledged: lost } }))
  assert.equal(findings.count, 1_000)
  assert.ok(findings.samples.length <= 20)
})

test('rows that do not come in the order of ids cannot be checked', async () => {
  await assert.rejects(checkHistory(history({ outbox: outbox.toReversed() })), RangeError)
})
