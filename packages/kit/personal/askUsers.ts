import { z } from 'zod'
import { readAnswer } from '../http/readAnswer.ts'

/** The users service, as other services ask it. */
export interface UsersService {
  /** Base URL. */
  readonly url: string
  /** The token of operators, read at each request, so that a new one holds at once; undefined: it is on the same machine. */
  readonly token: () => string | undefined
  /** For one request. */
  readonly timeoutMs: number
  readonly fetch?: typeof globalThis.fetch
}

/** What is asked for, and how it has to be. */
export interface UsersAnswer<T> {
  readonly path: string
  readonly schema: z.ZodType<T>
  readonly mostBytes: number
}

const notThere = z.object({ code: z.literal('notFound') })

/**
 * Asks the users service by GET; undefined when it says that there is no such thing.
 * @throws whatever means that it cannot say: the errors of `fetch`, another status, an answer of another form or larger.
 */
export async function askUsers<T>(
  { url, token, timeoutMs, fetch = globalThis.fetch }: UsersService,
  { path, schema, mostBytes }: UsersAnswer<T>,
): Promise<T | undefined> {
  const secret = token()
  const response = await fetch(new URL(path, url), {
    redirect: 'error',
    headers: secret === undefined ? {} : { authorization: `Bearer ${secret}` },
    signal: AbortSignal.timeout(timeoutMs),
  })
  const body = await readAnswer(response, mostBytes)
  // A gateway or another service answers 404 as well, for a path that it does not know.
  if (response.status === 404 && notThere.safeParse(body).success) return undefined
  if (!response.ok) throw new Error(`The users service answers ${response.status}.`)
  return schema.parse(body)
}
