import { OutboxError } from './outboxError.ts'

/** Is this a text that Postgres can store? It takes neither U+0000 nor lone surrogates. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/**
 * The JSON text of a value.
 * @throws OutboxError `unstorable` when a string in it holds U+0000 or a lone surrogate, `invalidEvent` when
 * the value has no JSON text (undefined, a function, a cycle, a bigint).
 */
export function storableJson(value: unknown, what: string): string {
  const text = stringify(value, what)
  // JSON.stringify escapes just these two kinds, so a text without a backslash-u needs no second look.
  if (text.includes('\\u')) refuseUnstorable(value, what)
  return text
}

function stringify(value: unknown, what: string): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    throw new OutboxError('invalidEvent', `${what} cannot be written as JSON.`, { cause })
  }
  if (text === undefined) throw new OutboxError('invalidEvent', `${what} has no JSON text.`)
  return text
}

function refuseUnstorable(value: unknown, what: string): void {
  JSON.stringify(value, (name, inner: unknown) => {
    if (!isStorable(name) || (typeof inner === 'string' && !isStorable(inner)))
      throw new OutboxError(
        'unstorable',
        `${what} holds the character U+0000 or a lone surrogate, which Postgres cannot store. Remove it.`,
      )
    return inner
  })
}
