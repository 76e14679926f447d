import type { ReadBatch } from './readBatches.ts'
import type { ReadRecord } from './readRecords.ts'

export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: bigint
}

/**
 * The records of a fetch that are for users: neither the marks of transactions nor records of aborted ones, which the broker
 * names with the fetch. A producer has one transaction at a time, which its mark ends.
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
    // The mark of an aborted transaction, or of one that was committed before the next was begun.
    if (control) aborting.delete(producerId)
    if (control || (transactional && aborting.has(producerId))) return []
    return records.filter(({ offset }) => offset >= from)
  })
}
