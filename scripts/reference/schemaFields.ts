import { cell, code } from './markdown.ts'

/** What is read of a JSON Schema. */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
}

/** A row for each field of an object, those of objects in it included: name, type, meaning. */
export function fieldRows(schema: Schema, prefix = ''): string[][] {
  const inner = schema.items && prefix === '' && schema.type === 'array' ? schema.items : schema
  return Object.entries(inner.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`
    const optional = inner.required?.includes(name) ? '' : ', optional'
    const own = [code(path), cell(`${typeOf(field)}${optional}`), cell(field.description ?? '')]
    const nested = field.type === 'array' ? field.items : field
    const more = nested?.properties ? fieldRows(nested, `${path}${field.type === 'array' ? '[]' : ''}.`) : []
    return [own, ...more]
  })
}

/** A type in a few words. */
export function typeOf({ type, format, enum: values, const: constant, items, anyOf, oneOf }: Schema): string {
  if (constant !== undefined) return JSON.stringify(constant)
  if (values) return values.map((value) => JSON.stringify(value)).join(' or ')
  const several = anyOf ?? oneOf
  if (several) return [...new Set(several.map(typeOf))].join(' or ')
  const name = [type ?? 'any'].flat().join(' or ')
  if (name === 'array') return `list of ${items ? typeOf(items) : 'any'}`
  return format ? `${name} (${format})` : name
}
