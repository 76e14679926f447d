import { z } from 'zod'

export interface JsonAnswer {
  readonly status: number
  /** Undefined: it is no JSON, or too large. */
  readonly body: unknown
}

const mostBytes = 1 << 20

/** Asks by GET. @throws the errors of `fetch`, and of a body that breaks off. */
export async function askJson(url: string, signal: AbortSignal): Promise<JsonAnswer> {
  const response = await fetch(url, { signal, redirect: 'manual', headers: { accept: 'application/json' } })
  const text = await readText(response)
  return { status: response.status, body: text === undefined ? undefined : parse(text) }
}

async function readText(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > mostBytes) {
      await response.body?.cancel().catch(() => {})
      return undefined
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const systemError = z.object({ code: z.string() })

/** The innermost code of an error of `fetch`, and what it says. */
export function reasonOf(error: unknown): { readonly code: string | undefined; readonly detail: string } {
  if (error instanceof Error && error.name === 'TimeoutError')
    return { code: 'ETIMEDOUT', detail: 'no answer in time' }
  let code: string | undefined
  let detail = String(error)
  for (let each: unknown = error; each instanceof Error; each = causeOf(each)) {
    code = systemError.safeParse(each).data?.code ?? code
    detail = each.message || detail
  }
  return { code, detail }
}

function causeOf(error: Error): unknown {
  return error instanceof AggregateError ? error.errors[0] : error.cause
}
