import { setTimeout as delay } from 'node:timers/promises'

/** When transaction n may begin: at once, or at its place in a schedule of `rate` a second. */
export function createPace(
  rate: number | undefined,
  now: () => number,
  startedAt = now(),
): (n: number) => Promise<void> {
  if (rate === undefined) return async () => {}
  return async (n) => {
    const wait = startedAt + (n * 1_000) / rate - now()
    if (wait > 0) await delay(wait)
  }
}
