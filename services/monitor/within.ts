import { setTimeout as delay } from 'node:timers/promises'

/**
 * What the work comes to; undefined when it takes longer. What it rejects with afterwards is nobody's
 * business.
 */
export async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  const bound = new AbortController()
  const late = delay(ms, undefined, { signal: bound.signal }).catch(() => undefined)
  work.catch(() => {})
  return Promise.race([work, late]).finally(() => bound.abort())
}
