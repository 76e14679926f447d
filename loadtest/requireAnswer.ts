import { fetchServices } from '@relevo/kit'
import { CommandError } from '../scripts/commandLine.ts'
import type { LoadTarget } from './loadTarget.ts'

const timeoutMs = 5_000

/** @throws CommandError `cannotRun` when nobody answers where the load would go. */
export async function requireAnswer({ baseUrl, tls }: Pick<LoadTarget, 'baseUrl' | 'tls'>): Promise<void> {
  const url = new URL('/health', baseUrl)
  const { hostname: servername } = url
  const current = url.protocol === 'https:' ? tls : undefined
  url.hostname = current?.addresses[servername] ?? servername
  const peers = fetchServices(current && { current }, { servername })
  try {
    await peers.fetch(url, { signal: AbortSignal.timeout(timeoutMs) })
  } catch (cause) {
    const hint = 'Start the systems with npm start (and give load its --port-offset), or set BASE_URL'
    throw new CommandError('cannotRun', `Nothing answers at ${baseUrl}. ${hint}.`, { cause })
  } finally {
    await peers.stop()
  }
}
