import assert from 'node:assert/strict'
import { test } from 'node:test'
import { percent, reportLines } from './formatReport.ts'
import { type Figures, metrics, revise, sumFigures } from './report.ts'
import { leastWatermark } from './watermark.ts'
import { countedAt, windowStart } from './window.ts'

const figures = (some: Partial<Record<(typeof metrics)[number], bigint>> = {}) =>
  Object.fromEntries(metrics.map((metric) => [metric, some[metric] ?? 0n])) as Figures

test('a window is half-open, and aligned to the epoch', () => {
  const startOf = (time: string) => windowStart(new Date(time), 5).toISOString()
  assert.equal(startOf('2026-01-15T12:04:59.999999Z'), '2026-01-15T12:00:00.000Z')
  assert.equal(startOf('2026-01-15T12:05:00.000Z'), '2026-01-15T12:05:00.000Z')
  assert.equal(startOf('2026-01-15T17:50:00+05:45'), '2026-01-15T12:05:00.000Z')
  assert.equal(startOf('1969-12-31T23:59:59.999Z'), '1969-12-31T23:55:00.000Z')
})

test('an event counts at its time, and at that of its record when it claims to be of the future', () => {
  const clocks = (eventTime: string, recordTime: string) => ({
    eventTime: new Date(eventTime),
    recordTime: new Date(recordTime),
    now: new Date('2026-01-15T12:00:00Z'),
  })
  const at = (eventTime: string, recordTime: string) => {
    const found = countedAt(clocks(eventTime, recordTime), 5_000)
    return [found.at.toISOString(), found.clamped]
  }
  assert.deepEqual(at('2026-01-15T11:00:00Z', '2026-01-15T11:50:00Z'), ['2026-01-15T11:00:00.000Z', false])
  assert.deepEqual(at('2026-01-15T11:50:04Z', '2026-01-15T11:50:00Z'), ['2026-01-15T11:50:04.000Z', false])
  assert.deepEqual(at('2026-01-16T11:50:00Z', '2026-01-15T11:50:00Z'), ['2026-01-15T11:50:00.000Z', true])
  assert.deepEqual(at('2026-01-16T11:50:00Z', '2026-01-16T11:50:00Z'), ['2026-01-15T12:00:00.000Z', true])
})

test('the watermark is the least of the partitions that are behind, and waits for none that does not move', () => {
  const now = new Date('2026-01-15T12:00:00Z')
  const ago = (seconds: number) => new Date(now.getTime() - seconds * 1_000)
  const state = (partition: number, behind: boolean, eventTime: Date | undefined, movedAt = ago(1)) => {
    return { topic: 't', partition, behind, eventTime, movedAt }
  }
  const find = (...partitions: Parameters<typeof leastWatermark>[0]) =>
    leastWatermark(partitions, { now, holdMs: 60_000, since: ago(300) })
  assert.deepEqual(find(state(0, false, ago(90)), state(1, false, undefined)).at, now)
  assert.deepEqual(
    find(state(0, true, ago(90)), state(1, true, ago(30)), state(2, false, undefined)).at,
    ago(90),
  )
  assert.equal(find(state(0, true, undefined), state(1, false, ago(1))).at, undefined)
  const stuck = state(0, true, ago(90), ago(60))
  assert.deepEqual(find(stuck, state(1, true, ago(30))), { at: ago(30), stuck: [stuck] })
  const restarted = leastWatermark([stuck], { now, holdMs: 60_000, since: ago(10) })
  assert.deepEqual(restarted, { at: ago(90), stuck: [] })
})

test('a report is revised when it changes, and counts what came after the close', () => {
  const span = (some: Parameters<typeof figures>[0]) => {
    return { start: new Date(0), end: new Date(300_000), figures: figures(some) }
  }
  const first = revise(undefined, span({ events: 3n }), false)
  assert.deepEqual([first?.revision, first?.lateEvents], [1, 0n])
  assert.equal(revise(first, span({ events: 3n }), true), undefined)
  const second = revise(first, span({ events: 5n }), true)
  assert.deepEqual([second?.revision, second?.lateEvents], [2, 2n])
  const third = revise(second, span({ events: 5n, conversion_numerator: 1n }), true)
  assert.deepEqual([third?.revision, third?.lateEvents], [3, 2n])
  assert.deepEqual(revise(undefined, span({ events: 2n }), true)?.lateEvents, 2n)
  const fewer = revise(third, span({ events: 2n }), true)
  assert.deepEqual([fewer?.revision, fewer?.lateEvents], [4, 0n])
  assert.equal(revise(fewer, span({ events: 3n }), true)?.lateEvents, 1n)
})

test('flows add up, and states are those of the end', () => {
  const sum = sumFigures(figures({ events: 2n, stock: 9n }), figures({ events: 3n, stock: 4n }))
  assert.deepEqual([sum.events, sum.stock], [5n, 4n])
})

test('a report is written as in the seed', () => {
  assert.equal(percent(0n, 0n), null)
  assert.equal(percent(852n, 1000n)?.rawJSON, '85.2')
  assert.equal(percent(2n, 3n)?.rawJSON, '66.7')
  const lines = reportLines(
    figures({
      revenue_confirmed: 123_456n,
      conversion_numerator: 852n,
      conversion_denominator: 1_000n,
      stock: 120n,
      reserved: 20n,
      notifications_sent: 9n,
      notifications_failed: 1n,
    }),
    'USD',
  )
  assert.ok(lines.includes('💰 Revenue: $1,234.56'))
  assert.ok(lines.includes('📈 Conversion Rate: 85.2%'))
  assert.ok(lines.includes('📦 Inventory: 120 in stock, 20 reserved, 100 available'))
  assert.ok(lines.includes('📬 Notifications: 9 sent, 1 failed, success 90.0%'))
  const huge = reportLines(figures({ revenue_confirmed: 1_234_567_890_123_456_789_01n }), 'USD')
  assert.equal(huge[0], '💰 Revenue: $1,234,567,890,123,456,789.01')
  assert.ok(reportLines(figures(), 'USD').includes('📈 Conversion Rate: n/a'))
})
