/** The body of an answer of `fetch` as text; undefined when it has more bytes, which are not read then. Errors: those of a body that breaks off. */
export async function readText(response: Response, mostBytes: number): Promise<string | undefined> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.byteLength
    if (bytes > mostBytes) return undefined // leaving the loop cancels the body
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}

/** The body as JSON; undefined when it is none, or has more bytes. JSON.parse's own error would show what it read. */
export async function readAnswer(response: Response, mostBytes: number): Promise<unknown> {
  const text = await readText(response, mostBytes)
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
