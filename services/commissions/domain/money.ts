import { divideHalfEven, formatUnits, parseDecimal, toUnits } from '@relevo/kit/exact'
import type { Currency } from './currency.ts'
import { type Percentage, percentageUnits } from './percentage.ts'

/** An amount in the minor units of its currency. It is never a floating-point number. */
export interface Money {
  readonly minor: bigint
  readonly currency: Currency
}

export const moneyProblems = ['notANumber', 'notPositive', 'tooLarge', 'tooPrecise'] as const
export type MoneyProblem = (typeof moneyProblems)[number]

/** Amounts are below a million millions, in major units: what is above is a mistake, and every one fits in a bigint column. */
const maxMajorDigits = 12

/** Reads a positive amount in major units, as JSON writes a number: `120.5` of USD is 12,050 cents. */
export function parseMoney(text: string, currency: Currency): Money | MoneyProblem {
  const decimal = parseDecimal(text)
  if (!decimal) return 'notANumber'
  if (decimal.digits <= 0n) return 'notPositive'
  // Before anything is multiplied: 1e9999 has few digits and is long.
  if (decimal.digits.toString().length - decimal.scale > maxMajorDigits) return 'tooLarge'
  const minor = toUnits(decimal, currency.exponent)
  return minor === undefined ? 'tooPrecise' : { minor, currency }
}

/** The amount in major units with every decimal of the currency, `15.06`. */
export function formatMoney({ minor, currency }: Money): string {
  return formatUnits(minor, currency.exponent)
}

/** The share of an amount, rounded half to even to the minor unit. */
export function shareOf({ minor, currency }: Money, percentage: Percentage): Money {
  return { minor: divideHalfEven(minor * percentage.units, 100n * percentageUnits), currency }
}
