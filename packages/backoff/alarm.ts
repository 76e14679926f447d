import { setTimeout as delay } from 'node:timers/promises'

/** A sleep that `wake` ends, also when it was called while nobody slept. */
export interface Alarm {
  sleep(ms: number): Promise<void>
  wake(): void
}

/** @param signal ends every sleep. */
export function createAlarm(signal: AbortSignal): Alarm {
  let ring = Promise.withResolvers<void>()
  async function sleep(ms: number): Promise<void> {
    const bound = new AbortController()
    const over = delay(ms, undefined, { signal: AbortSignal.any([signal, bound.signal]) })
    await Promise.race([over.catch(() => undefined), ring.promise])
    bound.abort()
    ring = Promise.withResolvers<void>()
  }
  return { sleep, wake: () => ring.resolve() }
}
