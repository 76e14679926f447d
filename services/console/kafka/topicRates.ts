import type { PartitionOffsets } from '@relevo/kafka'

interface Sample {
  readonly at: number
  readonly total: bigint
}

/** Samples that are nearer say too little of a rate, and older ones too much of the past. */
const leastMs = 1_000
const mostMs = 60_000

/** How many records a second come to each topic, from one look to the next. */
export class TopicRates {
  readonly #samples = new Map<string, readonly Sample[]>()

  /** @param now milliseconds. @returns the rates by topic; none for one that is looked at for the first time. */
  measure(
    offsets: ReadonlyMap<string, readonly PartitionOffsets[]>,
    now: number,
  ): ReadonlyMap<string, number> {
    const rates = new Map<string, number>()
    for (const [topic, partitions] of offsets) {
      const total = partitions.reduce((sum, { end }) => sum + end, 0n)
      const kept = (this.#samples.get(topic) ?? []).filter(({ at }) => now - at <= mostMs)
      const before = kept.findLast(({ at }) => now - at >= leastMs)
      // A topic that was recreated has fewer records than before.
      if (before && total >= before.total)
        rates.set(topic, Number(total - before.total) / ((now - before.at) / 1_000))
      const last = kept.at(-1)
      const isOld = last === undefined || now - last.at >= leastMs
      this.#samples.set(topic, isOld ? [...kept.slice(-4), { at: now, total }] : kept)
    }
    return rates
  }
}
