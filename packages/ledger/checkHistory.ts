import { createEventIndex, type EventIndex } from './eventIndex.ts'
import { addFinding, type Findings, noFindings, type Reason } from './findings.ts'
import type { Delivery, History } from './history.ts'

/** The result of a run. */
export interface LedgerReport {
  /** No finding of any kind, no lag, no audit difference. */
  ok: boolean
  /** Events that were acknowledged to their senders. */
  acknowledged: number
  /** Requests with an unknown outcome, and how many of their events are in the outbox. */
  unknown: number
  unknownRecorded: number
  /** Events in the outbox. */
  recorded: number
  /** Events of the outbox that are in Kafka. */
  delivered: number
  /** Records in Kafka beyond one per event, which at-least-once delivery allows. */
  duplicatesDelivered: number
  /** Events that took effect; undefined if effects were not checked. */
  effects: number | undefined
  lost: Findings
  phantom: Findings
  duplicateRecords: Findings
  duplicateEffects: Findings
  reorderings: Findings
  lag: number | undefined
  auditDifference: number | undefined
}

/**
 * Checks a run at rest: acknowledged ⊆ outbox = Kafka = effects, each once except for duplicate
 * deliveries; for each key, first deliveries (in each partition) and effects in commit order. Requests
 * with an unknown outcome may have been recorded, once. Reads each sequence once; keeps at most 170 bytes per event.
 */
export async function checkHistory(history: History): Promise<LedgerReport> {
  const report = emptyReport(history)
  const index = await indexOutbox(history, report)
  checkAcknowledged(history, index, report)
  const deliveries = await countDeliveries(history, index, report)
  checkDelivered(history, index, deliveries, report)
  if (history.effects) await checkEffects(history, index, deliveries, report)
  const findings = [
    report.lost,
    report.phantom,
    report.duplicateRecords,
    report.duplicateEffects,
    report.reorderings,
  ]
  report.ok = findings.every(({ count }) => count === 0) && !report.lag && !report.auditDifference
  return report
}

function emptyReport({ lag, auditDifference }: History): LedgerReport {
  const counts = { acknowledged: 0, unknown: 0, unknownRecorded: 0, recorded: 0, delivered: 0 }
  return {
    ok: false,
    ...counts,
    duplicatesDelivered: 0,
    effects: undefined,
    lost: noFindings(),
    phantom: noFindings(),
    duplicateRecords: noFindings(),
    duplicateEffects: noFindings(),
    reorderings: noFindings(),
    lag,
    auditDifference,
  }
}

async function indexOutbox({ outbox }: History, report: LedgerReport): Promise<EventIndex> {
  const index = createEventIndex()
  for await (const row of outbox) {
    if (index.add(row)) continue
    addFinding(report.duplicateRecords, { reason: 'recorded twice', event: row.eventId, key: row.key })
  }
  report.recorded = index.size
  return index
}

function checkAcknowledged({ ledger }: History, index: EventIndex, report: LedgerReport): void {
  for (const event of ledger.acknowledged) {
    report.acknowledged += 1
    if (index.rankOf(event) === undefined)
      addFinding(report.lost, { reason: 'acknowledged and not in the outbox', event: String(event) })
  }
  for (const event of ledger.unknown ?? []) {
    report.unknown += 1
    if (index.rankOf(event) !== undefined) report.unknownRecorded += 1
  }
}

/** @returns how many records each event of the outbox has. */
async function countDeliveries(
  { deliveries }: History,
  index: EventIndex,
  report: LedgerReport,
): Promise<Uint32Array> {
  const counts = new Uint32Array(index.size)
  // A key may span several partitions if it does not determine the partition: each has its own order.
  const orders = new Map<string, KeyOrder>()
  for await (const delivery of deliveries) {
    const rank = delivery.eventId === null ? undefined : index.rankOf(delivery.eventId)
    if (rank === undefined) {
      addFinding(report.phantom, { reason: 'in Kafka and not in the outbox', event: placeOf(delivery) })
      continue
    }
    if (bump(counts, rank) > 1) {
      report.duplicatesDelivered += 1
      continue
    }
    report.delivered += 1
    const partition = `${delivery.topic} ${delivery.partition}`
    const order = orders.get(partition) ?? new Map()
    orders.set(partition, order)
    checkOrder(order, rank, index, report, 'delivered after a later event of its key')
  }
  return counts
}

function checkDelivered(
  { leftOut = [] }: History,
  index: EventIndex,
  deliveries: Uint32Array,
  report: LedgerReport,
): void {
  const excused = new Set<number | undefined>()
  for (const event of leftOut) excused.add(index.rankOf(event))
  for (const [rank, count] of deliveries.entries()) {
    if (count > 0 || excused.has(rank)) continue
    addFinding(report.lost, { reason: 'in the outbox and not in Kafka', ...index.describe(rank) })
  }
}

async function checkEffects(
  { effects = [], effectsInOrder }: History,
  index: EventIndex,
  deliveries: Uint32Array,
  report: LedgerReport,
): Promise<void> {
  const counts = new Uint32Array(index.size)
  const order: KeyOrder = new Map()
  report.effects = 0
  for await (const { event } of effects) {
    const rank = index.rankOf(event)
    if (rank === undefined || deliveries[rank] === 0) {
      addFinding(report.phantom, { reason: 'with effect and not in Kafka', event: String(event) })
      continue
    }
    if (bump(counts, rank) > 1) {
      addFinding(report.duplicateEffects, { reason: 'more than one effect', ...index.describe(rank) })
      continue
    }
    report.effects += 1
    if (effectsInOrder) checkOrder(order, rank, index, report, 'took effect after a later event of its key')
  }
  for (const [rank, count] of counts.entries()) {
    if (count > 0 || deliveries[rank] === 0) continue
    addFinding(report.lost, { reason: 'in Kafka and without effect', ...index.describe(rank) })
  }
}

/** The highest rank seen of each key. */
type KeyOrder = Map<number, number>

function checkOrder(
  order: KeyOrder,
  rank: number,
  index: EventIndex,
  report: LedgerReport,
  reason: Reason,
): void {
  const key = index.keyOf(rank)
  const highest = order.get(key) ?? -1
  if (rank > highest) order.set(key, rank)
  else addFinding(report.reorderings, { reason, ...index.describe(rank) })
}

function bump(counts: Uint32Array, rank: number): number {
  const count = (counts[rank] ?? 0) + 1
  counts[rank] = count
  return count
}

function placeOf({ eventId, topic, partition, offset }: Delivery): string {
  return `${eventId ?? 'no event id'} (${topic} ${partition}@${offset})`
}
