import { ServiceError } from '@relevo/kit'
import { isExactNumber, parseExactJson } from '@relevo/kit/exact'
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
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, isMasked(name) ? mask : maskValue(part, isMasked)]),
  )
}

/** A number keeps the digits that are written. */
function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !isExactNumber(value)
}

/**
 * A payload that an operator has edited, with the fields that were masked as they are in the original.
 * @throws ServiceError `unprocessable` when it is no JSON, or a masked field has no original.
 */
export function restoreMasked(
  edited: string,
  original: string | null,
  isMasked: (field: string) => boolean,
): string {
  let value: unknown
  try {
    value = parseExactJson(edited)
  } catch (cause) {
    throw new ServiceError('unprocessable', 'The payload is not JSON.', { cause })
  }
  return JSON.stringify(restore(value, parseOrNone(original), isMasked))
}

function restore(value: unknown, original: unknown, isMasked: (field: string) => boolean): unknown {
  const of = isObject(original) ? (original as Readonly<Record<string, unknown>>) : {}
  if (Array.isArray(value)) return value.map((item, n) => restore(item, of[n], isMasked))
  if (!isObject(value)) return value
  const parts = Object.entries(value).map(([name, part]) => {
    if (!isMasked(name) || part !== mask) return [name, restore(part, of[name], isMasked)]
    if (Object.hasOwn(of, name)) return [name, of[name]]
    throw new ServiceError('unprocessable', `"${name}" is masked and has no original there: write it out.`)
  })
  return Object.fromEntries(parts)
}

function parseOrNone(text: string | null): unknown {
  try {
    return text === null ? undefined : parseExactJson(text)
  } catch {
    return undefined
  }
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
    const value = parseExactJson(text)
    if (!isObject(value)) return { kind: 'opaque', bytes: size }
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
