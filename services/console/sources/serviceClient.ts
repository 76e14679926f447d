import { readAnswer, ServiceError, type ServiceUrl } from '@relevo/kit'

export interface ClientSettings {
  readonly services: readonly ServiceUrl[]
  readonly answerTimeoutMs: number
  /** Sent with every request: the console acts for its operators, and lets nobody else act. */
  readonly operatorToken: () => string | undefined
  /** Of the process: with its certificate, where services ask for one. */
  readonly fetch: typeof globalThis.fetch
}

export interface Question {
  readonly method?: 'GET' | 'POST'
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly body?: object
}

/** The JSON that a service answers. @throws ServiceError `unavailable` when it does not; its own errors as they are. */
export type Ask = (service: string, path: string, question?: Question) => Promise<unknown>

const mostBytes = 8 << 20

/** Asks services over HTTP: the console needs no right to any database or topic of theirs. */
export function serviceClient({ services, answerTimeoutMs, operatorToken, fetch }: ClientSettings): Ask {
  const places = new Map(services.map(({ name, url }) => [name, url]))
  return async (service, path, { method = 'GET', query = {}, body } = {}) => {
    const base = places.get(service)
    if (base === undefined) throw new ServiceError('notFound', `No service ${service} is known here.`)
    const token = operatorToken()
    const request: RequestInit = {
      method,
      redirect: 'manual',
      signal: AbortSignal.timeout(answerTimeoutMs),
      headers: {
        accept: 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    }
    const answer = await receive(fetch, service, `${base}${path}${queryText(query)}`, request)
    if (answer.status < 400) return answer.body
    throw refusalOf(service, answer)
  }
}

function queryText(query: NonNullable<Question['query']>): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  )
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}

export interface Received {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

/** The answer of a service, which is JSON or empty. @throws ServiceError `unavailable` when it does not come. */
export async function receive(
  fetch: ClientSettings['fetch'],
  service: string,
  url: string,
  request: RequestInit,
): Promise<Received> {
  try {
    const response = await fetch(url, request)
    const { status, headers } = response
    const body = status === 204 ? null : await readAnswer(response, mostBytes)
    if (body === undefined) throw new Error('It answers no JSON, or too much of it.')
    return { status, headers, body }
  } catch (cause) {
    throw new ServiceError('unavailable', `${service} does not answer just now.`, { cause })
  }
}

/** What the service says is wrong, in its own words. */
function refusalOf(service: string, { status, body }: Received): ServiceError {
  const { detail, error } = (body ?? {}) as { readonly detail?: string; readonly error?: string }
  const said = `${service}: ${detail ?? error ?? `it answers ${status}`}`
  if (status === 404) return new ServiceError('notFound', said)
  if (status === 409) return new ServiceError('conflict', said)
  if (status === 422) return new ServiceError('unprocessable', said)
  if (status === 400) return new ServiceError('invalidRequest', said)
  if (status === 401 || status === 403)
    return new ServiceError(
      'forbidden',
      `${service} does not take the console for an operator: give both the same OPERATOR_TOKEN.`,
    )
  return new ServiceError('unavailable', said)
}
