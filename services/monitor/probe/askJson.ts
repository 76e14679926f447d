import { readAnswer } from '@relevo/kit'
import { z } from 'zod'

export interface JsonAnswer {
  readonly status: number
  /** Undefined: it is no JSON, or too large. */
  readonly body: unknown
}

const mostBytes = 1 << 20

/** How other services are asked. */
export interface Asking {
  readonly signal: AbortSignal
  readonly fetch?: typeof globalThis.fetch
  /** That of operators, if there is one. */
  readonly token?: string | undefined
}

/** Asks by GET. @throws the errors of `fetch`, and of a body that breaks off. */
export async function askJson(
  url: string,
  { signal, fetch = globalThis.fetch, token }: Asking,
): Promise<JsonAnswer> {
  const headers = { accept: 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  const response = await fetch(url, { signal, redirect: 'manual', headers })
  return { status: response.status, body: await readAnswer(response, mostBytes) }
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
