import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkHistory, type LedgerReport } from './checkHistory.ts'
import { goodHistories, type PlainHistory } from './goodHistory.ts'

test('no fault is seen where there is none', async () => {
  await fc.assert(
    fc.asyncProperty(goodHistories, async (history) => {
      const report = await checkHistory(history)
      assert.equal(report.ok, true, JSON.stringify(report))
      assert.equal(report.recorded, history.outbox.length)
      assert.equal(report.delivered, history.outbox.length)
      assert.equal(report.effects, history.outbox.length)
      assert.equal(report.duplicatesDelivered, history.deliveries.length - history.outbox.length)
      assert.equal(report.unknownRecorded, history.outbox.length - report.acknowledged)
    }),
    { numRuns: 300 },
  )
})

type Kind = 'lost' | 'phantom' | 'duplicateRecords' | 'duplicateEffects' | 'reorderings'

/** Spoils a history in one way. @returns false where this history has nothing to spoil in that way. */
interface Fault {
  name: string
  expected: Kind
  spoil(history: PlainHistory, chosen: number): boolean
}

const pick = <T>(items: readonly T[], chosen: number) => items[chosen % items.length]

/** Two events of one key, one right after the other. */
function neighbours({ outbox }: PlainHistory, chosen: number) {
  const pairs = outbox.flatMap((row, index) => {
    const next = outbox.slice(index + 1).find(({ key }) => key === row.key)
    return next ? [{ earlier: row.eventId, later: next.eventId }] : []
  })
  return pairs.length > 0 ? pick(pairs, chosen) : undefined
}

const faults: Fault[] = [
  {
    name: 'an event that is not delivered',
    expected: 'lost',
    spoil(history, chosen) {
      const gone = pick(history.outbox, chosen)?.eventId
      history.deliveries = history.deliveries.filter(({ eventId }) => eventId !== gone)
      history.effects = history.effects.filter(({ event }) => event !== gone)
      return true
    },
  },
  {
    name: 'an acknowledged event that is nowhere',
    expected: 'lost',
    spoil(history, chosen) {
      const gone = pick(history.ledger.acknowledged, chosen)
      history.outbox = history.outbox.filter(({ eventId }) => eventId !== gone)
      history.deliveries = history.deliveries.filter(({ eventId }) => eventId !== gone)
      history.effects = history.effects.filter(({ event }) => event !== gone)
      return gone !== undefined
    },
  },
  {
    name: 'an event without effect',
    expected: 'lost',
    spoil(history, chosen) {
      history.effects.splice(chosen % history.effects.length, 1)
      return true
    },
  },
  {
    name: 'an effect twice',
    expected: 'duplicateEffects',
    spoil(history, chosen) {
      const twice = pick(history.effects, chosen)
      history.effects.splice(chosen % 7, 0, { event: twice?.event ?? '' })
      return true
    },
  },
  {
    name: 'an event recorded twice',
    expected: 'duplicateRecords',
    spoil(history, chosen) {
      const row = pick(history.outbox, chosen)
      history.outbox.push({ id: 1_000, eventId: row?.eventId ?? '', key: row?.key ?? '' })
      return true
    },
  },
  {
    name: 'a record that nobody recorded',
    expected: 'phantom',
    spoil(history, chosen) {
      history.deliveries.push({ eventId: `phantom-${chosen}`, topic: 't', partition: 0, offset: 1_000n })
      return true
    },
  },
  {
    name: 'first deliveries swapped',
    expected: 'reorderings',
    spoil(history, chosen) {
      const pair = neighbours(history, chosen)
      if (!pair) return false
      const first = history.deliveries.findIndex(({ eventId }) => eventId === pair.earlier)
      const [moved] = history.deliveries.splice(
        history.deliveries.findIndex(({ eventId }) => eventId === pair.later),
        1,
      )
      if (moved) history.deliveries.splice(first, 0, moved)
      return true
    },
  },
  {
    name: 'effects swapped',
    expected: 'reorderings',
    spoil(history, chosen) {
      const pair = neighbours(history, chosen)
      if (!pair) return false
      const first = history.effects.findIndex(({ event }) => event === pair.earlier)
      const second = history.effects.findIndex(({ event }) => event === pair.later)
      history.effects[first] = { event: pair.later }
      history.effects[second] = { event: pair.earlier }
      return true
    },
  },
]

for (const { name, expected, spoil } of faults)
  test(`seen in any history: ${name}`, async () => {
    await fc.assert(
      fc.asyncProperty(goodHistories, fc.nat({ max: 1_000 }), async (history, chosen) => {
        fc.pre(spoil(history, chosen))
        const report: LedgerReport = await checkHistory(history)
        assert.equal(report.ok, false)
        assert.ok(report[expected].count > 0, JSON.stringify(report))
      }),
      { numRuns: 100 },
    )
  })
