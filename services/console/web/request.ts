import { session } from './session.ts'

/** Why the console, or a service behind it, does not do it. */
export class Refusal extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

type Query = Readonly<Record<string, string | number | undefined>>

export interface Question {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly query?: Query
  readonly body?: object
  readonly signal?: AbortSignal
}

/** Asks the console once. @throws Refusal with what it says; status 0 when it does not answer. */
export async function askOnce<T>(path: string, question: Question = {}): Promise<T> {
  const { method = 'GET', query = {}, body, signal } = question
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()
  const response = await fetch(`/console/${path}${search && `?${search}`}`, {
    method,
    ...(signal && { signal }),
    headers: {
      accept: 'application/json',
      ...(body && { 'content-type': 'application/json' }),
      ...(session.value?.csrf && { 'x-csrf-token': session.value.csrf }),
    },
    ...(body && { body: JSON.stringify(body) }),
  }).catch((cause) => {
    if (signal?.aborted) throw cause
    throw new Refusal(0, '')
  })
  const answer = await response.json().catch(() => ({}))
  if (!response.ok) throw new Refusal(response.status, answer.detail ?? '')
  return answer as T
}
