import { OutboxError } from './outboxError.ts'

/** Can Postgres store this text? It rejects U+0000 and lone surrogates. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/**
 * Returns JSON text that parses back to the same value. For numbers beyond a double pass `JSON.rawJSON('…')`.
 * @throws OutboxError `unstorable` if a string in it contains U+0000 or a lone surrogate, or if JSON cannot express a value
 * in it and would write null or {} instead (NaN, an array hole, a Map); `invalidEvent` if there is no JSON text for it
 * (undefined, a function, a cycle, a bigint).
 */
export function storableJson(value: unknown, what: string): string {
  const text = stringify(value, what)
  // Any altered value shows as one of these, so most texts need no second check.
  const fault =
    (text.includes('\\u') || text.includes('null') || text.includes('{}')) && findAltered(value, what)
  if (fault) throw fault
  return text
}

function stringify(value: unknown, what: string): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    const unwritable = new OutboxError('invalidEvent', `${what} cannot be written as JSON.`, { cause })
    throw findAltered(value, what) ?? unwritable
  }
  if (text === undefined) throw new OutboxError('invalidEvent', `${what} has no JSON text.`)
  return text
}

/** Walks the value as JSON.stringify does; `paths` records where each object is. */
function findAltered(value: unknown, what: string): OutboxError | undefined {
  const paths = new Map<unknown, string>()
  let found: OutboxError | undefined
  function look(this: Record<string, unknown>, name: string, inner: unknown): unknown {
    if (found) return null
    const holder = paths.get(this)
    const path = holder === undefined ? '' : holder + step(this, name)
    const fault = faultOf(this, name, inner)
    if (fault) found = new OutboxError(fault.code, describe(fault, what, path))
    else if (typeof inner === 'object' && inner !== null) paths.set(inner, path)
    return fault ? null : inner
  }
  try {
    JSON.stringify(value, look)
  } catch {
    // A cycle, or a toJSON that throws: whoever called this knows.
  }
  return found
}

function describe({ found, advice }: Fault, what: string, path: string): string {
  return `${what} holds ${found}${path && ` at ${path}`}. ${advice}`
}

function step(holder: unknown, name: string): string {
  if (Array.isArray(holder)) return `[${name}]`
  return /^\w+$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`
}

interface Fault {
  readonly code: 'invalidEvent' | 'unstorable'
  readonly found: string
  readonly advice: string
}

function faultOf(holder: Record<string, unknown>, name: string, inner: unknown): Fault | undefined {
  if (!isStorable(name) || (typeof inner === 'string' && !isStorable(inner)))
    return unstorable('the character U+0000 or a lone surrogate', 'Postgres cannot store that: remove it.')
  if (typeof inner === 'bigint') return { code: 'invalidEvent', found: 'a bigint', advice: asText }
  if (typeof inner === 'number' && !Number.isFinite(inner))
    return unstorable(String(inner), 'JSON has no such number.')
  if (inner instanceof Map || inner instanceof Set)
    return unstorable(
      `a ${inner.constructor.name}`,
      'JSON would make it {}: convert it to an object or an array.',
    )
  if (inner === null && holder[name] instanceof Date)
    return unstorable('an invalid Date', 'JSON would make it null.')
  if (Array.isArray(holder) && ['undefined', 'function', 'symbol'].includes(typeof inner))
    return unstorable(
      inner === undefined ? 'undefined' : `a ${typeof inner}`,
      'JSON would make it null in an array.',
    )
  return undefined
}

const asText = 'Write it as a text, or as JSON.rawJSON(String(value)).'

function unstorable(found: string, advice: string): Fault {
  return { code: 'unstorable', found, advice }
}
