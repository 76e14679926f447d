import { z } from 'zod'
import { type Decimal, parseDecimal, toUnits } from './decimal.ts'
import { isExactNumber } from './exactJson.ts'

interface Range {
  readonly min: number
  readonly max: number
  readonly description?: string
}

/** A whole number of a body that `parseExactJson` has read; `5.0` and `5e0` are 5. */
export function exactInteger({ min, max, description }: Range) {
  return z
    .unknown()
    .transform((input, context): number => {
      const units = unitsOf(input, 0)
      if (units !== undefined && units >= min && units <= max) return Number(units)
      const rule = input === undefined ? 'missing' : 'integer'
      context.addIssue({ code: 'custom', input, params: { rule, min, max } })
      return z.NEVER
    })
    .meta({ type: 'integer', minimum: min, maximum: max, ...(description && { description }) })
}

interface Scale {
  readonly places: number
  /** In ones. */
  readonly below: number
  readonly description?: string
}

/** A decimal number of such a body, from 0, in whole units of 10^-`places`. */
export function exactUnits(name: string, { places, below, description }: Scale) {
  const rule = `"${name}" must be a number from 0 and below ${below}, with at most ${places} decimals`
  const bound = BigInt(below) * 10n ** BigInt(places)
  return z
    .unknown()
    .transform((input, context): bigint => {
      const units = unitsOf(input, places)
      if (units !== undefined && units >= 0n && units < bound) return units
      if (input === undefined) context.addIssue({ code: 'custom', input, params: { rule: 'missing' } })
      else context.addIssue(rule)
      return z.NEVER
    })
    .meta({ type: 'number', minimum: 0, exclusiveMaximum: below, ...(description && { description }) })
}

/** An object of a body that `parseExactJson` has read: a number there is an object as well. */
export function exactBody<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((body) => (isExactNumber(body) ? undefined : body), schema)
}

const mostDigits = 18

/** Undefined for what is no number, has a finer part, or is beyond all bounds: 1e9999 is short and large. */
function unitsOf(input: unknown, places: number): bigint | undefined {
  const decimal = isExactNumber(input) ? parseDecimal(input.rawJSON) : undefined
  return decimal && digitsBefore(decimal) <= mostDigits ? toUnits(decimal, places) : undefined
}

function digitsBefore({ digits, scale }: Decimal): number {
  return digits.toString().length - scale
}
