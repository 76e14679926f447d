import { SagaError } from './sagaError.ts'

/** Escapes of U+0000 and of lone surrogates, which the type json takes and fails to read later. */
const unstorableEscape = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/i

/**
 * The value as JSON that Postgres stores and gives back as it is.
 * @throws SagaError `unstorable`
 */
export function toJson(value: unknown, what: string): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    throw new SagaError('unstorable', `${what} cannot be written as JSON.`, { cause })
  }
  if (text === undefined) throw new SagaError('unstorable', `${what} must be a JSON value.`)
  if (unstorableEscape.test(text))
    throw new SagaError('unstorable', `${what} holds U+0000 or a lone surrogate. Remove it.`)
  return text
}
