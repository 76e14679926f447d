import { eventually } from './eventually.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers of many endpoints, checked by the assertions
export type AnswerBody = any

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The text as JSON; the text itself where it is none. */
  readonly body: AnswerBody
}

export interface HttpClient {
  ask(path: string, init?: RequestInit): Promise<Answer>
  /** Posts a body as JSON; texts and bytes are sent as they are. */
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  /** Asks until the answer is 200 and its body as wished; returns the body. */
  until(path: string, holds: (body: AnswerBody) => boolean, budgetMs?: number): Promise<AnswerBody>
}

const answerBudgetMs = 30_000

/** Asks a service over HTTP. */
export function httpClient(base: string): HttpClient {
  async function ask(path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(base + path, { signal: AbortSignal.timeout(answerBudgetMs), ...init })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: parse(text) }
  }

  return {
    ask,
    post: (path, body, headers = {}) =>
      ask(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        ...(body !== undefined && {
          body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
        }),
      } as RequestInit),
    until: (path, holds, budgetMs = 30_000) => askUntil(() => ask(path), `${base}${path}`, holds, budgetMs),
  }
}

async function askUntil(
  ask: () => Promise<Answer>,
  url: string,
  holds: (body: AnswerBody) => boolean,
  budgetMs: number,
): Promise<AnswerBody> {
  let last: Answer | undefined
  const look = async () => {
    last = await ask()
    return last.status === 200 && holds(last.body) && { body: last.body }
  }
  try {
    return (await eventually(look, `${url} as wished`, budgetMs)).body
  } catch (error) {
    throw new Error(`${url} answered last: ${last?.status} ${last?.text}`, { cause: error })
  }
}

function parse(text: string): AnswerBody {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
