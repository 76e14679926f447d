import type { Provision } from '../../../systems/request.ts'
import { operatorHeaders } from '../../operatorHeaders.ts'

const timeoutMs = 15_000

/** Sees to what an entry needs. @throws Error when it is not accepted. */
export async function sendProvisions(
  provisions: readonly Provision[],
  urls: Readonly<Record<string, string>>,
): Promise<void> {
  for (const { at, path, body, accepted } of provisions) {
    const response = await fetch(new URL(path, urls[at]), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...operatorHeaders() },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await response.text()
    if (!accepted.includes(response.status))
      throw new Error(`POST ${path} of ${at} answered ${response.status}: ${text}`)
  }
}
