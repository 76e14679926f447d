import type { ShownPayload } from './shapes.ts'

const mask = '•••'

/** Tells by its name whether a field is masked: `email` means `customer_email`, `customerEmail` and `E-Mail` too. */
export function maskedNames(names: readonly string[]): (field: string) => boolean {
  const masked = names.map((name) => `_${toWords(name)}_`)
  return (field) => {
    const words = `_${toWords(field)}_`
    return masked.some((each) => words.includes(each))
  }
}

function toWords(name: string): string {
  return name
    .replace(/^e-?mail/i, 'email')
    .replace(/(?<=[a-z\d])(?=[A-Z])/g, '_')
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .toLowerCase()
}

/** A JSON value in which the fields with such names say nothing. */
export function maskValue(value: unknown, isMasked: (field: string) => boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => maskValue(item, isMasked))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, isMasked(name) ? mask : maskValue(part, isMasked)]),
  )
}

/** What an operator may see of a payload. @param bytes its size where `text` is not its own text. */
export function showPayload(
  text: string | null,
  isMasked: (field: string) => boolean,
  bytes?: number,
): ShownPayload {
  if (text === null) return { kind: 'none' }
  const size = bytes ?? Buffer.byteLength(text)
  if (bytes !== undefined) return { kind: 'opaque', bytes: size }
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return { kind: 'opaque', bytes: size }
    return { kind: 'json', text: JSON.stringify(maskValue(value, isMasked), null, 2) }
  } catch {
    return { kind: 'opaque', bytes: size }
  }
}

/** Headers in which those with such names say nothing. */
export function maskHeaders(
  headers: Readonly<Record<string, string>>,
  isMasked: (field: string) => boolean,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, isMasked(name) ? mask : value]),
  )
}
