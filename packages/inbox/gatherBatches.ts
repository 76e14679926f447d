import type { ConsumedBatch } from '@relevo/kafka'

export interface GatheringOptions {
  /** Maximum number of records taken together, unless one batch has more. */
  readonly mostRecords: number
  /** Groups of batches in hand at the same time. */
  readonly concurrency: number
  /** Processes the batches together; false: it could not, and had no effect. Never rejects. */
  processTogether(batches: readonly ConsumedBatch[]): Promise<boolean>
  /** Processes one batch by itself, and returns the offset to which its partition goes back. */
  processBatch(batch: ConsumedBatch): Promise<bigint | undefined>
}

interface Waiting {
  readonly batch: ConsumedBatch
  readonly done: PromiseWithResolvers<bigint | undefined>
}

/** Processes batches together that arrive in one turn of the event loop, or while others are being processed. */
export function gatherBatches(
  options: GatheringOptions,
): (batch: ConsumedBatch) => Promise<bigint | undefined> {
  const { mostRecords, concurrency, processTogether, processBatch } = options
  let waiting: Waiting[] = []
  let inHand = 0

  function startGroups(): void {
    while (inHand < concurrency && waiting.length > 0) {
      const group = firstGroup(waiting, mostRecords)
      waiting = waiting.filter((each) => !group.includes(each))
      inHand += 1
      void processGroup(group).then(() => {
        inHand -= 1
        startGroups()
      })
    }
  }

  async function processGroup(group: readonly Waiting[]): Promise<void> {
    const isDone = group.length > 1 && (await processTogether(group.map(({ batch }) => batch)))
    for (const { batch, done } of group) {
      done.resolve(isDone ? undefined : processBatch(batch))
      await done.promise.catch(() => undefined) // the caller's
    }
  }

  return (batch) => {
    if (waiting.length === 0) setImmediate(startGroups)
    const done = Promise.withResolvers<bigint | undefined>()
    waiting.push({ batch, done })
    return done.promise
  }
}

/** The first, and those behind it that fit. */
export function firstGroup<T extends { readonly batch: Pick<ConsumedBatch, 'records'> }>(
  waiting: readonly T[],
  mostRecords: number,
): readonly T[] {
  let records = 0
  return waiting.filter(({ batch }, place) => {
    const fits = place === 0 || records + batch.records.length <= mostRecords
    if (fits) records += batch.records.length
    return fits
  })
}
