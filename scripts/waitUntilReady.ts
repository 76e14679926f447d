import { waitUntil } from '@relevo/embedded'

const budgetMs = 60_000

/** Waits until `GET /ready` of every service answers 200; throws with the names of those that do not within 60 s. */
export async function waitUntilReady(
  services: readonly { name: string; port: number; logFile: string }[],
  signal: AbortSignal,
): Promise<void> {
  const waiting = new Map(services.map((service) => [service.name, service]))
  await waitUntil(async () => {
    for (const [name, { port }] of waiting) if (await isReady(port)) waiting.delete(name)
    return waiting.size === 0 || signal.aborted
  }, budgetMs)
  if (waiting.size === 0 || signal.aborted) return
  const list = [...waiting.values()].map(({ name, logFile }) => `${name} (see ${logFile})`).join(', ')
  throw new Error(`Not ready after ${budgetMs / 1000} s: ${list}`)
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/ready`, { signal: AbortSignal.timeout(2_000) })).ok
  } catch {
    return false
  }
}
