import type { z } from 'zod'

/** Where a value stands that is refused. */
export type Place = 'body' | 'query' | 'params' | 'headers'

/** Texts for rejected values, in one language; `name` is as {@link ErrorTexts.nameOf} writes it. */
export interface ErrorTexts {
  nameOf(place: Place, path: string): string
  notAnObject: string
  unknown(place: Place, names: string): string
  missing(name: string): string
  repeated(name: string): string
  empty(name: string): string
  type(name: string, type: string): string
  integer(name: string, min: number, max: number): string
  cursor(name: string): string
  oneOf(name: string, values: readonly string[]): string
  uuid(name: string): string
  unstorable(name: string): string
  printable(name: string, most: number): string
  /** What OpenAPI says of the header. */
  idempotencyKey: string
  invalid(name: string): string
  /** Several reasons as one text. */
  join(reasons: readonly string[]): string
}

export const spanishTexts: ErrorTexts = {
  nameOf: (place, path) => {
    if (place === 'body') return path === '' ? 'El cuerpo' : `El campo "${path}"`
    return place === 'headers' ? `La cabecera "${path}"` : `El parámetro "${path}"`
  },
  notAnObject: 'El cuerpo debe ser un objeto JSON',
  unknown: (place, names) => `${place === 'body' ? 'Campos' : 'Parámetros'} desconocidos: ${names}`,
  missing: (name) => `Falta ${name[0]?.toLowerCase()}${name.slice(1)}`,
  repeated: (name) => `${name} debe aparecer una sola vez`,
  empty: (name) => `${name} no puede estar vacío`,
  type: (name, type) => `${name} debe ser ${spanishTypes[type] ?? 'válido'}`,
  integer: (name, min, max) => `${name} debe ser un número entero entre ${min} y ${max}`,
  cursor: (name) => `${name} no es válido: use el "next_cursor" de la página anterior`,
  oneOf: (name, values) => `${name} debe ser ${list(values, 'o')}`,
  uuid: (name) => `${name} debe ser un UUID`,
  unstorable: (name) =>
    `${name} contiene caracteres que no se pueden guardar (U+0000 o sustitutos UTF-16 sueltos)`,
  printable: (name, most) => `${name} debe tener entre 1 y ${most} caracteres ASCII imprimibles`,
  idempotencyKey:
    'Nombra la petición: repetida con la misma clave en 24 horas, no tiene más efecto y recibe la misma respuesta',
  invalid: (name) => `${name} no es válido`,
  join: (reasons) => reasons.join('. '),
}

const spanishTypes: Readonly<Record<string, string>> = {
  string: 'un texto',
  number: 'un número',
  int: 'un número entero',
  boolean: 'true o false',
  array: 'una lista',
  object: 'un objeto',
}

export const englishTexts: ErrorTexts = {
  nameOf: (place, path) => {
    if (place === 'body') return path === '' ? 'The body' : `"${path}"`
    return place === 'headers' ? `The header "${path}"` : `The parameter "${path}"`
  },
  notAnObject: 'The body must be a JSON object',
  unknown: (place, names) => `Unknown ${place === 'body' ? 'fields' : 'parameters'}: ${names}`,
  missing: (name) => `${name} is missing`,
  repeated: (name) => `${name} must appear once`,
  empty: (name) => `${name} must not be empty`,
  type: (name, type) => `${name} must be ${englishTypes[type] ?? 'valid'}`,
  integer: (name, min, max) => `${name} must be a whole number from ${min} to ${max}`,
  cursor: (name) => `${name} is not valid: use the "next_cursor" of the page before`,
  oneOf: (name, values) => `${name} must be ${list(values, 'or')}`,
  uuid: (name) => `${name} must be a UUID`,
  unstorable: (name) => `${name} holds characters that cannot be stored (U+0000 or lone UTF-16 surrogates)`,
  printable: (name, most) => `${name} must be 1 to ${most} printable ASCII characters`,
  idempotencyKey:
    'Names the request: repeated with the same key within 24 hours, it has no further effect and gets the same answer',
  invalid: (name) => `${name} is not valid`,
  join: (reasons) => `${reasons.join('. ')}.`,
}

const englishTypes: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
}

function list(values: readonly string[], or: string): string {
  return values.length < 2 ? values.join() : `${values.slice(0, -1).join(', ')} ${or} ${values.at(-1)}`
}

type Issue = z.core.$ZodRawIssue

/** What the issue means to a client; for an issue whose schema brings no text of its own. */
export function describeIssue(texts: ErrorTexts, place: Place, issue: Issue): string {
  const name = texts.nameOf(place, (issue.path ?? []).join('.'))
  if (issue.code === 'unrecognized_keys') return texts.unknown(place, quote(issue.keys))
  if (issue.code === 'custom') return describeRule(texts, name, issue.params)
  if (place === 'query' && Array.isArray(issue.input)) return texts.repeated(name)
  if (issue.input === undefined && issue.path?.length) return texts.missing(name)
  if (isOfUuid(issue)) return texts.uuid(name)
  if (issue.code === 'invalid_type')
    return issue.path?.length ? texts.type(name, issue.expected) : texts.notAnObject
  if (issue.code === 'invalid_value') return texts.oneOf(name, issue.values.map(String))
  if (issue.code === 'too_small' && issue.origin === 'string') return texts.empty(name)
  return texts.invalid(name)
}

function isOfUuid(issue: Issue): boolean {
  const format = issue.code === 'invalid_format' ? issue.format : issue.inst?._zod.def
  return format === 'uuid' || (typeof format === 'object' && 'format' in format && format.format === 'uuid')
}

function describeRule(texts: ErrorTexts, name: string, rule: Record<string, unknown> | undefined): string {
  if (rule?.rule === 'integer') return texts.integer(name, Number(rule.min), Number(rule.max))
  if (rule?.rule === 'cursor') return texts.cursor(name)
  if (rule?.rule === 'repeated') return texts.repeated(name)
  if (rule?.rule === 'missing') return texts.missing(name)
  return texts.invalid(name)
}

const mostNames = 5
const mostCharacters = 50

/** A few of the names, cut, as JSON writes them. */
function quote(names: readonly string[]): string {
  const shown = names
    .slice(0, mostNames)
    .map((name) => JSON.stringify(name.slice(0, mostCharacters).toWellFormed()))
  return `${shown.join(', ')}${names.length > mostNames ? '…' : ''}`
}
