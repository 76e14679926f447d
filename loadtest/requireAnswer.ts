import { CommandError } from '../scripts/commandLine.ts'
import type { LoadTarget } from './loadTarget.ts'

const timeoutMs = 5_000

/** @throws CommandError `cannotRun` when nobody answers where the load would go. */
export async function requireAnswer({ baseUrl }: Pick<LoadTarget, 'baseUrl'>): Promise<void> {
  try {
    await fetch(new URL('/health', baseUrl), { signal: AbortSignal.timeout(timeoutMs) })
  } catch (cause) {
    const hint = 'Start the systems with npm start (and give load its --port-offset), or set BASE_URL'
    throw new CommandError('cannotRun', `Nothing answers at ${baseUrl}. ${hint}.`, { cause })
  }
}
