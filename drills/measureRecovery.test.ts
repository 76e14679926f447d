import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Moment } from '../proof/inCluster/program/readTimeline.ts'
import { type FaultTimes, measureRecovery as measure, type RecoveryStart } from './measureRecovery.ts'

/** Events recorded every 100 ms from 0 to `untilMs`, each with the effect that `effectAt` says. */
function events(untilMs: number, effectAt: (recordedAt: number) => number | null): Moment[] {
  const times = Array.from({ length: untilMs / 100 + 1 }, (_, n) => n * 100)
  return times.map((at) => [at, effectAt(at), true])
}

function measureRecovery(timeline: Moment[], times: FaultTimes, start?: RecoveryStart) {
  return measure({ timeline, deliveredAt: [] }, times, start)
}

const prompt = (at: number) => at + 20

test('a system that notices nothing has recovered at once', () => {
  const recovery = measureRecovery(events(30_000, prompt), { beganAt: 10_000, endedAt: 10_000 })
  assert.equal(recovery.firstEffectMs, 0)
  assert.equal(recovery.caughtUpMs, 0)
  assert.equal(recovery.longestStallMs, 100)
  assert.equal(recovery.usualDelayMs, 20)
})

test('a stall counts from the fault to the first effect after it, and to the last one that was late', () => {
  // Nothing for 6 s after 10 s; then the backlog takes 2 s to drain.
  const timeline = events(30_000, (at) => {
    if (at < 10_000 || at >= 16_000) return prompt(at)
    return 16_000 + (at - 10_000) / 3
  })
  const recovery = measureRecovery(timeline, { beganAt: 10_000, endedAt: 10_000 })
  assert.equal(recovery.firstEffectMs, 6_000)
  assert.ok(recovery.caughtUpMs > 7_000 && recovery.caughtUpMs <= 8_000, String(recovery.caughtUpMs))
  assert.equal(recovery.longestDelayMs, 6_000)
})

test('shards that wait are seen by their lateness while others flow', () => {
  const timeline = events(30_000, (at) =>
    at >= 10_000 && at < 16_000 && at % 200 === 0 ? 16_050 : prompt(at),
  )
  const recovery = measureRecovery(timeline, { beganAt: 10_000, endedAt: 10_000 })
  assert.equal(recovery.firstEffectMs, 0)
  assert.equal(recovery.caughtUpMs, 6_050)
})

test('an outage that was made to last counts from its end', () => {
  const timeline = events(90_000, (at) => (at >= 10_000 && at < 70_000 ? 73_000 : prompt(at)))
  const lasting = measureRecovery(timeline, { beganAt: 10_000, endedAt: 70_000 })
  // From 70 s on effects come at once again, those of the outage 3 s later.
  assert.equal(lasting.firstEffectMs, 20)
  assert.equal(lasting.caughtUpMs, 3_000)
})

test('recovery of the database counts from the first write that it took', () => {
  const recorded = events(40_000, prompt).filter(([at]) => at < 10_000 || at >= 22_000)
  const timeline = recorded.map(
    ([at, effectAt, posted]): Moment =>
      at < 22_000 ? [at, effectAt, posted] : [at, Math.max(25_000, at + 20), posted],
  )
  const recovery = measureRecovery(timeline, { beganAt: 10_000, endedAt: 10_000 }, 'databaseBack')
  assert.equal(recovery.firstEffectMs, 3_000)
  assert.equal(recovery.caughtUpMs, 3_000)
})

test('an event without effect does not count as late: that it is lost is for the ledger to say', () => {
  const recovery = measureRecovery(
    events(30_000, (at) => (at === 12_000 ? null : prompt(at))),
    { beganAt: 10_000, endedAt: 10_000 },
  )
  assert.equal(recovery.caughtUpMs, 0)
})

test('delivery and effect are told apart: a consumer that comes later than the relay', () => {
  const timeline = events(60_000, (at) => (at >= 10_000 && at < 40_000 ? 40_000 : prompt(at)))
  const deliveredAt = timeline.map(([at]) => at + 10).filter((at) => at < 10_000 || at > 15_000)
  const recovery = measure({ timeline, deliveredAt }, { beganAt: 10_000, endedAt: 10_000 })
  assert.equal(recovery.firstDeliveryMs, 5_010)
  assert.equal(recovery.firstEffectMs, 30_000)
})

test('what is as late as before the fault is not late: only a hiccup that is longer counts', () => {
  const hiccups = (secondMs: number) =>
    events(30_000, (at) => (at === 5_000 ? at + 1_500 : at === 20_000 ? at + secondMs : prompt(at)))
  const times = { beganAt: 10_000, endedAt: 10_000 }
  assert.equal(measureRecovery(hiccups(3_000), times).caughtUpMs, 0)
  assert.equal(measureRecovery(hiccups(3_001), times).caughtUpMs, 13_001)
})

test('a pause no longer than an event usually takes is no stall: what takes effect late comes in bursts', () => {
  // Each event takes up to 2.4 s, and long after the fault nothing happens for 1.1 s.
  const slow = (at: number) => at + 2_400 - (at % 2_400)
  const timeline = events(60_000, (at) =>
    at < 9_000 ? slow(at) : at >= 38_000 && at < 39_000 ? 39_100 : prompt(at),
  )
  const { firstEffectMs, longestStallMs } = measureRecovery(timeline, { beganAt: 10_000, endedAt: 10_000 })
  assert.deepEqual([firstEffectMs, longestStallMs], [0, 1_100])
})

test('a backlog made before the fault does not pass for the usual delay, and is late until it is gone', () => {
  // No consumer from 10 s on; one that comes at 30 s is killed 1 s later, and its successor comes at 45 s.
  const timeline = events(60_000, (at) => {
    if (at < 10_000 || at >= 45_000) return prompt(at)
    return at < 20_000 ? 30_500 : 45_500
  })
  const times = { beganAt: 31_000, endedAt: 31_000 }
  assert.equal(measureRecovery(timeline, { ...times, usualUntil: 10_000 }).caughtUpMs, 14_500)
  assert.equal(measureRecovery(timeline, { ...times, usualUntil: 10_000 }).usualDelayMs, 20)
})

test('where the API tells of no delivery, there is none to measure', () => {
  const recovery = measureRecovery(events(30_000, prompt), { beganAt: 10_000, endedAt: 10_000 })
  assert.equal(recovery.firstDeliveryMs, null)
})
