import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Customer } from '../../customers.ts'
import { ask, logIn } from './watchEdge.ts'

/** Users to be disabled one after the other, and where they are refused then. */
export interface RevocationSpec {
  readonly gatewayUrl: string
  /** An admin disables them. */
  readonly admin: { readonly email: string; readonly password: string }
  readonly victims: readonly Customer[]
  /** For customers; who is disabled is refused there by the gateway, which hears of it from the users service. */
  readonly path: string
  /** So long each is watched, for pods of the gateway that hear of it late. */
  readonly watchMs: number
}

/** Of one user that was disabled; in milliseconds from the answer to the disabling. */
export interface Revocation {
  /** When the first request was sent that was refused. Null: none was. */
  readonly refusedAfterMs: number | null
  /** When the last request was sent that was let in, by whichever pod; 0: none was. */
  readonly letInUntilMs: number
  /** Whether the user was let in before. */
  readonly wasLetIn: boolean
}

const pauseMs = 10

/** Disables users while they ask. @throws Error when the admin cannot log in. */
export async function watchRevocations(spec: RevocationSpec): Promise<Revocation[]> {
  const { access } = await logIn(spec.gatewayUrl, spec.admin)
  const found: Revocation[] = []
  for (const victim of spec.victims) found.push(await watchOne(spec, victim, access))
  return found
}

async function watchOne(spec: RevocationSpec, victim: Customer, adminToken: string): Promise<Revocation> {
  const { gatewayUrl, path, watchMs } = spec
  const { access } = await logIn(gatewayUrl, victim)
  const knock = () => knockAt(`${gatewayUrl}${path}`, access)
  const wasLetIn = (await knock()) === 200
  const disabled = await ask(gatewayUrl, `/api/users/users/${victim.id}/disable`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}` },
  })
  if (disabled.status !== 200) throw new Error(`Disabling a user is answered ${disabled.status}.`)
  const disabledAt = performance.now()
  let refusedAfterMs: number | null = null
  let letInUntilMs = 0
  for (let sentMs = 0; sentMs < watchMs; sentMs = performance.now() - disabledAt) {
    const status = await knock()
    if (status === 200) letInUntilMs = sentMs
    else if (status === 401) refusedAfterMs ??= sentMs
    await delay(pauseMs)
  }
  return { refusedAfterMs, letInUntilMs, wasLetIn }
}

/** By a connection of its own: the next one goes to another pod of the gateway. @returns 0 without an answer. */
async function knockAt(url: string, token: string): Promise<number> {
  try {
    const request = get(url, { agent: false, headers: { authorization: `Bearer ${token}` }, timeout: 5_000 })
    request.once('timeout', () => request.destroy())
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    response.resume()
    await once(response, 'end')
    return response.statusCode ?? 0
  } catch {
    return 0
  }
}
