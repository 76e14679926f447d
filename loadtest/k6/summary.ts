import { environment } from './environment.ts'
import type { Slo } from './slo.ts'

/** How an SLO came out. */
export interface SloResult {
  sentence: string
  kept: boolean
}

/** What a k6 run leaves behind. */
export interface K6Summary {
  seconds: number
  slos: SloResult[]
  /** The values of every metric, by name. */
  metrics: Record<string, Record<string, number>>
}

export interface SummaryData {
  state: { testRunDurationMs: number }
  metrics: Record<string, { values: Record<string, number>; thresholds?: Record<string, { ok: boolean }> }>
}

/**
 * A handler of k6's summary that writes it, with the SLOs' sentences, to a file and to the terminal. @param compare judges what no
 * threshold can: metrics by each other.
 */
export function summaryOf(
  slos: readonly Slo[],
  compare: (metrics: SummaryData['metrics']) => readonly SloResult[] = () => [],
): (data: SummaryData) => Record<string, string> {
  return ({ state, metrics }) => {
    const judged = slos.map(({ sentence, metric, threshold }) => ({
      sentence,
      // A metric without a single value broke nothing.
      kept: metrics[metric]?.thresholds?.[threshold]?.ok ?? true,
    }))
    const results = [...judged, ...compare(metrics)]
    const summary: K6Summary = {
      seconds: state.testRunDurationMs / 1_000,
      slos: results,
      metrics: Object.fromEntries(Object.entries(metrics).map(([name, { values }]) => [name, values])),
    }
    const lines = results.map(({ sentence, kept }) => `${kept ? 'kept  ' : 'BROKEN'}  ${sentence}`)
    return { [environment.summaryFile]: JSON.stringify(summary), stdout: `\n${lines.join('\n')}\n` }
  }
}
