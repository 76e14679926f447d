import type { Sample } from './parseMetrics.ts'

/** What was observed between two looks at a histogram, all its label values together. */
export interface Observed {
  count: number
  /** By upper bound, how many were at most that. */
  buckets: ReadonlyMap<number, number>
}

/** @param before the samples of the first look; those of a process that started since count from 0. */
export function observedBetween(name: string, before: readonly Sample[], after: readonly Sample[]): Observed {
  const earlier = cumulative(name, before)
  const later = cumulative(name, after)
  const restarted = (later.get(Number.POSITIVE_INFINITY) ?? 0) < (earlier.get(Number.POSITIVE_INFINITY) ?? 0)
  const buckets = new Map<number, number>()
  for (const [bound, count] of later)
    buckets.set(bound, restarted ? count : count - (earlier.get(bound) ?? 0))
  return { count: buckets.get(Number.POSITIVE_INFINITY) ?? 0, buckets }
}

function cumulative(name: string, samples: readonly Sample[]): Map<number, number> {
  const buckets = new Map<number, number>()
  for (const { name: sampleName, labels, value } of samples) {
    if (sampleName !== `${name}_bucket`) continue
    const bound = labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le)
    buckets.set(bound, (buckets.get(bound) ?? 0) + value)
  }
  return new Map([...buckets].sort(([a], [b]) => a - b))
}

/** The value below which the share `p` (0 to 1) lies, by linear interpolation as in Prometheus; NaN of none. */
export function quantile({ count, buckets }: Observed, p: number): number {
  const rank = p * count
  let [lowerBound, lowerCount] = [0, 0]
  if (count === 0) return Number.NaN
  for (const [bound, reached] of buckets) {
    if (reached >= rank && bound === Number.POSITIVE_INFINITY) return lowerBound
    if (reached >= rank)
      return lowerBound + ((bound - lowerBound) * (rank - lowerCount)) / (reached - lowerCount || 1)
    lowerBound = bound
    lowerCount = reached
  }
  return Number.NaN
}
