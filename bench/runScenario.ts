import { type Measurement, type Values, withRatios } from './measurement.ts'
import type { Scenario, Variant } from './scenario.ts'
import type { TestBed } from './testBed.ts'

export interface RunOptions {
  runs: number
  signal: AbortSignal
  onMeasured(measurement: Measurement): void
}

/** Runs the variants in turn, round after round, every second round in the reverse order. */
export async function runScenario(
  scenario: Scenario,
  bed: TestBed,
  { runs, signal, onMeasured }: RunOptions,
): Promise<Measurement[]> {
  const measurements: Measurement[] = []
  const rounds = scenario.rounds?.(runs) ?? runs
  for (let round = 1; round <= rounds; round++) {
    const variants = round % 2 === 1 ? scenario.variants : scenario.variants.toReversed()
    for (const variant of variants) {
      if (signal.aborted) return measurements
      const outcome = await measure(variant, bed, measurements, signal)
      const measurement = { scenario: scenario.name, variant: variant.name, round, ...outcome }
      measurements.push(measurement)
      onMeasured(measurement)
    }
  }
  return withRatios(measurements, scenario.ratios ?? [])
}

async function measure(
  variant: Variant,
  bed: TestBed,
  earlier: readonly Measurement[],
  interrupted: AbortSignal,
): Promise<{ values: Values; failure?: string }> {
  const signal = AbortSignal.any([interrupted, AbortSignal.timeout(variant.budgetMs)])
  try {
    return { values: await variant.measure({ bed, earlier, signal }) }
  } catch (error) {
    const late = interrupted.aborted ? 'interrupted' : `did not end within ${variant.budgetMs / 1_000} s`
    return { values: {}, failure: signal.aborted ? late : String(error) }
  }
}
