import { formatUnits, parseDecimal, toUnits } from '@relevo/kit/exact'

/** A share in hundredths with up to four decimals, exactly. */
export interface Percentage {
  /** Ten-thousandths of one percent: 125,000 for 12.5 %. */
  readonly units: bigint
}

const places = 4
export const percentageUnits = 10n ** BigInt(places)

/** Reads `12.5`; undefined when it is not above 0 and at most 100 with at most four decimals. */
export function parsePercentage(text: string): Percentage | undefined {
  const decimal = parseDecimal(text)
  if (!decimal || decimal.scale < -2) return undefined
  const units = toUnits(decimal, places)
  return units !== undefined && units > 0n && units <= 100n * percentageUnits ? { units } : undefined
}

/** Writes it without zeros at the end: `12.5`. */
export function formatPercentage({ units }: Percentage): string {
  return formatUnits(units, places).replace(/\.?0+$/, '')
}
