/** Where the trace of an event is shown, by its headers; null: nowhere. */
export type TraceUrlOf = (headers: Readonly<Record<string, string>>) => string | null

const placeholder = '{traceId}'

/** @throws Error that says what it must be. */
export function parseTraceUrl(text: string): string {
  const isUrl = /^https?:\/\//.test(text) && URL.canParse(text)
  if (!isUrl || !text.includes(placeholder)) throw new Error(`a URL with ${placeholder} in it`)
  return text
}

/** Only of traces that were sampled: of the others a tracing back end knows nothing. @param template where the id goes as {traceId}. */
export function traceUrlBy(template: string | undefined): TraceUrlOf {
  return ({ traceparent = '' }) => {
    // W3C Trace Context: version, trace id, parent id, flags, of which the lowest says whether it is sampled.
    const [, id, flags = ''] =
      /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})(?:-.*)?$/.exec(traceparent) ?? []
    const isSampled = (Number.parseInt(flags, 16) & 1) === 1
    if (template === undefined || id === undefined || !isSampled) return null
    return template.replaceAll(placeholder, id)
  }
}
