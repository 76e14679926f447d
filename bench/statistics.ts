/** The value below which the share `p` (0 to 1) of the numbers lies, by nearest rank; NaN of none. */
export function percentile(sorted: ArrayLike<number>, p: number): number {
  const rank = Math.ceil(p * sorted.length)
  return sorted[Math.max(0, rank - 1)] ?? Number.NaN
}

/** Of an even count, the mean of the middle two; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const upper = sorted[Math.floor(middle)] ?? Number.NaN
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper
}

export interface Summary {
  median: number
  min: number
  max: number
}

export function summarise(values: readonly number[]): Summary {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) }
}

/** p50, p95, p99 and the greatest of latencies, under these names with `prefix` before them; nothing of none. */
export function latencies(prefix: string, values: readonly number[]): Record<string, number> {
  if (values.length === 0) return {}
  const sorted = Float64Array.from(values).sort()
  return {
    [`${prefix}P50`]: percentile(sorted, 0.5),
    [`${prefix}P95`]: percentile(sorted, 0.95),
    [`${prefix}P99`]: percentile(sorted, 0.99),
    [`${prefix}Max`]: percentile(sorted, 1),
  }
}
