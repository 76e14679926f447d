import type { ReadBatch } from './readBatches.ts'
import type { ReadRecord } from './readRecords.ts'

export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: bigint
}

/**
 * The user records of a fetch, without transaction markers and records of aborted transactions, which the broker
 * lists in the fetch. A producer has one transaction at a time, which its marker ends.
 */
export function visibleRecords(
  batches: readonly ReadBatch[],
  aborted: readonly AbortedTransaction[],
  from: bigint,
): ReadRecord[] {
  const coming = aborted.toSorted((a, b) => Number(a.firstOffset - b.firstOffset))
  const aborting = new Set<bigint>()
  return batches.flatMap(({ control, transactional, producerId, lastOffset, records }) => {
    for (let next = coming[0]; next && next.firstOffset <= lastOffset; next = coming[0]) {
      aborting.add(next.producerId)
      coming.shift()
    }
    // The marker of an aborted transaction, or of one that was committed before the next began.
    if (control) aborting.delete(producerId)
    if (control || (transactional && aborting.has(producerId))) return []
    return records.filter(({ offset }) => offset >= from)
  })
}
