import { type Signal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

export interface Loaded<T> {
  readonly value?: T
  readonly problem?: unknown
}

export interface LoadSettings {
  /** Loads again so often; undefined: only when something changes. A window that nobody sees does not. */
  readonly everyMs?: number | undefined
}

/** Loads something now and whenever `when` changes; what was there is shown until then. */
export function useLoaded<T>(
  load: (signal: AbortSignal) => Promise<T>,
  when: unknown,
  { everyMs }: LoadSettings = {},
): Signal<Loaded<T>> {
  const loaded = useSignal<Loaded<T>>({})
  useEffect(() => {
    const leaving = new AbortController()
    const begin = () =>
      load(leaving.signal).then(
        (value) => {
          if (!leaving.signal.aborted) loaded.value = { value }
        },
        (problem) => {
          if (!leaving.signal.aborted) loaded.value = { ...loaded.value, problem }
        },
      )
    void begin()
    const timer = everyMs && setInterval(() => document.hidden || void begin(), everyMs)
    return () => {
      if (timer) clearInterval(timer)
      leaving.abort()
    }
  }, [when, everyMs])
  return loaded
}
