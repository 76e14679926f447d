/** A decimal number, exactly: `digits` / 10^`scale`. */
export interface Decimal {
  readonly digits: bigint
  /** Digits behind the point; none of them is a zero at the end. Negative for multiples of ten. */
  readonly scale: number
}

const form = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/
const maxLength = 64

/** Reads a number as JSON writes it, at most 64 characters; undefined when it is not one. */
export function parseDecimal(text: string): Decimal | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    text.length <= maxLength ? (form.exec(text) ?? []) : []
  if (sign === undefined) return undefined
  const all = whole + fraction
  const significant = all.replace(/0+$/, '')
  if (significant === '') return { digits: 0n, scale: 0 }
  const scale = fraction.length - Number(exponent) - (all.length - significant.length)
  return { digits: BigInt(sign + significant), scale }
}

/** The whole number of units of 10^-`places`, or undefined when the decimal has a finer part. */
export function toUnits({ digits, scale }: Decimal, places: number): bigint | undefined {
  return scale > places ? undefined : digits * 10n ** BigInt(places - scale)
}

/** Reads a number in whole units of 10^-`places`: `15.06` and 2 give 1506n. Undefined for no number, and a finer one. */
export function parseUnits(text: string, places: number): bigint | undefined {
  const decimal = parseDecimal(text)
  return decimal && toUnits(decimal, places)
}

/** Writes units of 10^-`places` with all of their places: 1506n and 2 give `15.06`. */
export function formatUnits(units: bigint, places: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(places + 1, '0')
  const cut = digits.length - places
  return `${units < 0n ? '-' : ''}${digits.slice(0, cut)}${places > 0 ? `.${digits.slice(cut)}` : ''}`
}

/** The quotient of two numbers that are not negative, rounded to the even one of two that are equally near. */
export function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator
  const doubled = 2n * (numerator % denominator)
  const up = doubled > denominator || (doubled === denominator && quotient % 2n === 1n)
  return up ? quotient + 1n : quotient
}
