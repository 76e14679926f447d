/** When the end of a partition was first seen there. */
export interface EndSample {
  /** In milliseconds since 1970. */
  readonly at: number
  readonly end: bigint
}

const mostSamples = 512

/**
 * Adds a look at a partition's end: only an end that has moved is kept. One that goes back is of another
 * topic.
 */
export function addSample(samples: readonly EndSample[], sample: EndSample): readonly EndSample[] {
  const last = samples.at(-1)
  if (last === undefined || sample.end < last.end) return [sample]
  if (sample.end === last.end) return samples
  const all = [...samples, sample]
  if (all.length <= mostSamples) return all
  // Half as many of the older half: what they are asked for is then a little less exact.
  const half = mostSamples / 2
  return [...all.slice(0, half).filter((_, n) => n % 2 === 0), ...all.slice(half)]
}

/**
 * For how long the record at the offset has waited, at least, in seconds: since the end was first seen beyond
 * it. 0 when there is no such record.
 */
export function waitingSeconds(samples: readonly EndSample[], offset: bigint, now: number): number {
  const first = samples.find(({ end }) => end > offset)
  return first === undefined ? 0 : Math.max(0, (now - first.at) / 1_000)
}

/** How many records a topic had ever had, at a time. */
export interface TotalSample {
  readonly at: number
  readonly total: bigint
}

const rateMs = 60_000

/** Adds a look at a topic; what is older than a minute is left out, but for the last of those. */
export function addTotal(samples: readonly TotalSample[], sample: TotalSample): readonly TotalSample[] {
  const last = samples.at(-1)
  if (last !== undefined && sample.total < last.total) return [sample]
  const all = [...samples, sample]
  const firstKept = all.findLastIndex(({ at }) => sample.at - at >= rateMs)
  return firstKept > 0 ? all.slice(firstKept) : all
}

/** Records a second over the samples; 0 before there are two. */
export function perSecond(samples: readonly TotalSample[]): number {
  const [first, last] = [samples[0], samples.at(-1)]
  if (!first || !last || last.at === first.at) return 0
  return Math.round((Number(last.total - first.total) / ((last.at - first.at) / 1_000)) * 100) / 100
}
