/** A number with the digits that are written: `120.50` stays so, which as a double it would not. */
export interface ExactNumber {
  readonly rawJSON: string
}

// Of ECMAScript 2026; TypeScript's library does not have it yet.
declare global {
  interface JSON {
    rawJSON(text: string): ExactNumber
    isRawJSON(value: unknown): value is ExactNumber
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
    ): unknown
  }
}

/**
 * Parses JSON with every number as an {@link ExactNumber}.
 * @throws SyntaxError when the text is not JSON.
 */
export function parseExactJson(text: string): unknown {
  return JSON.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined ? JSON.rawJSON(source) : value,
  )
}

/** A number that JSON.stringify writes with just these digits. */
export function exactNumber(text: string): ExactNumber {
  return JSON.rawJSON(text)
}

export function isExactNumber(value: unknown): value is ExactNumber {
  return JSON.isRawJSON(value)
}
