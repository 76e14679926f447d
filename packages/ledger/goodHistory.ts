import fc from 'fast-check'
import type { Delivery, Effect, Ledger, OutboxRow } from './history.ts'

/** A history in arrays, so that tests can corrupt it. */
export interface PlainHistory {
  ledger: { acknowledged: string[]; unknown: string[] }
  outbox: OutboxRow[]
  deliveries: Delivery[]
  effects: Effect[]
  effectsInOrder: true
}

const topic = 't'
const partitions = 3

/** For tests: a run without faults, with duplicate deliveries and requests of unknown outcome. */
export const goodHistories: fc.Arbitrary<PlainHistory> = fc
  .record({
    events: fc.array(
      fc.record({
        key: fc.nat({ max: 5 }),
        gap: fc.integer({ min: 1, max: 3 }),
        isUnknown: fc.boolean(),
        /** How many records before this one are resent after it. */
        resent: fc.constantFrom(0, 0, 0, 0, 1, 5),
      }),
      { minLength: 2, maxLength: 60 },
    ),
    unknownLost: fc.nat({ max: 3 }),
    interleaving: fc.infiniteStream(fc.nat({ max: partitions - 1 })),
  })
  .map(({ events, unknownLost, interleaving }) => {
    const outbox: OutboxRow[] = []
    const ledger: Required<Ledger> & PlainHistory['ledger'] = { acknowledged: [], unknown: [] }
    const logs: Delivery[][] = Array.from({ length: partitions }, () => [])
    let id = 0
    for (const { key, gap, isUnknown, resent } of events) {
      id += gap
      const eventId = `event-${id}`
      outbox.push({ id, eventId, key: `k${key}` })
      ledger[isUnknown ? 'unknown' : 'acknowledged'].push(eventId)
      deliver(logs[key % partitions] ?? [], key % partitions, eventId, resent)
    }
    for (let i = 0; i < unknownLost; i++) ledger.unknown.push(`never-${i}`)
    const effects = consume(logs, interleaving)
    return { ledger, outbox, deliveries: logs.flat(), effects, effectsInOrder: true as const }
  })

function deliver(log: Delivery[], partition: number, eventId: string, resent: number): void {
  const again = resent === 0 ? [] : log.slice(-resent).map((delivery) => delivery.eventId)
  for (const each of [eventId, ...again, ...(resent > 0 ? [eventId] : [])])
    log.push({ eventId: each, topic, partition, offset: BigInt(log.length) })
}

/** Takes each event once, from the partitions in random order. */
function consume(logs: readonly Delivery[][], chance: Iterator<number>): Effect[] {
  const queues = logs.map((log) => [...new Set(log.map(({ eventId }) => eventId ?? ''))])
  const effects: Effect[] = []
  while (queues.some((queue) => queue.length > 0)) {
    const chosen = queues[chance.next().value ?? 0]
    const queue = chosen?.length ? chosen : queues.find(({ length }) => length > 0)
    const event = queue?.shift()
    if (event !== undefined) effects.push({ event })
  }
  return effects
}
