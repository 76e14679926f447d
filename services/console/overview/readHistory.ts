import type { SqlClient } from '@relevo/kit'
import type { HistoryState } from '../shapes.ts'
import { findFirstSample, listSteps, sampleSeconds } from '../sql/samples.ts'

/** More points than a chart has pixels are useless. */
const mostSteps = 360

/** Whole samples a step, so that steps are of one size. */
export function stepOf(minutes: number): number {
  const samples = Math.ceil((minutes * 60) / sampleSeconds / mostSteps)
  return Math.max(1, samples) * sampleSeconds
}

/** The figures of the last minutes as lists, one for each line of a chart. */
export async function readHistory(client: SqlClient, minutes: number): Promise<HistoryState> {
  const stepSeconds = stepOf(minutes)
  const [first, steps] = await Promise.all([
    findFirstSample(client),
    listSteps(client, { seconds: minutes * 60, stepSeconds }),
  ])
  return {
    kept_from: first?.toISOString() ?? null,
    step_seconds: stepSeconds,
    at: steps.map(({ at }) => at),
    published_per_second: steps.map((step) => step.published_per_second),
    backlog: steps.map(({ backlog }) => backlog),
    oldest_seconds: steps.map((step) => step.oldest_seconds),
    lag: steps.map(({ lag }) => lag),
    lag_seconds: steps.map((step) => step.lag_seconds),
  }
}
