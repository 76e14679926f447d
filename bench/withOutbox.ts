import type { BenchOutbox, TestBed } from './testBed.ts'

/** What a run has to end, the last first. */
export type Cleanup = (end: () => Promise<unknown>) => void

/** Gives the work an outbox of its own, and ends afterwards, also after a failure, what it registers. */
export async function withOutbox<T>(
  bed: TestBed,
  work: (outbox: BenchOutbox, cleanup: Cleanup) => Promise<T>,
  partitions?: number,
): Promise<T> {
  const outbox = await bed.createOutbox(partitions)
  const ends: (() => Promise<unknown>)[] = [outbox.drop]
  try {
    return await work(outbox, (end) => ends.push(end))
  } finally {
    for (const end of ends.reverse()) await end()
  }
}
