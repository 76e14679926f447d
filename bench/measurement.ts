/** What one run found, by name; the columns of the scenario say what a name means. */
export type Values = Record<string, number>

/** One run of one variant. Failed runs are kept and shown. */
export interface Measurement {
  scenario: string
  variant: string
  /** From 1; the runs of one round were made one after the other and are compared with each other. */
  round: number
  values: Values
  failure?: string
}

/** A column that is the ratio of a variant's value to another variant's of the same round. */
export interface Ratio {
  key: string
  of: string
  /** The variant that `variant` is compared with; undefined when it is the reference itself. */
  reference(variant: string): string | undefined
}

/** Adds the ratios, round by round, so that what slows a whole round down cancels out. */
export function withRatios(measurements: readonly Measurement[], ratios: readonly Ratio[]): Measurement[] {
  return measurements.map((measurement) => {
    const values = { ...measurement.values }
    for (const ratio of ratios) {
      const own = values[ratio.of]
      const other = referenceValue(measurements, measurement, ratio)
      if (own !== undefined && other !== undefined) values[ratio.key] = own / other
    }
    return { ...measurement, values }
  })
}

function referenceValue(
  all: readonly Measurement[],
  { round, variant }: Measurement,
  ratio: Ratio,
): number | undefined {
  const reference = ratio.reference(variant)
  return all.find((other) => other.round === round && other.variant === reference)?.values[ratio.of]
}
