import type { SloResult, SummaryData } from './summary.ts'

const most = 2

/** How much slower requests are beside logins, by the medians and the 95th percentiles of both. */
export function judgeSlowdown(metrics: SummaryData['metrics']): readonly SloResult[] {
  const [alone, flooded] = [metrics.relevo_others_alone?.values, metrics.relevo_others_flooded?.values]
  return ['med', 'p(95)'].map((name) => {
    const ratio = (flooded?.[name] ?? Number.NaN) / (alone?.[name] ?? Number.NaN)
    return {
      sentence: `Beside 50 logins at once, other requests are at most ${most} times as slow: ${name} ${ratio.toFixed(2)} times.`,
      kept: ratio <= most,
    }
  })
}
