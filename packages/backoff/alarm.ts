/** A sleep that `wake` ends, also when it was called while nobody slept. */
export interface Alarm {
  sleep(ms: number): Promise<void>
  wake(): void
}

/**
 * Uses a timer and a listener: an abort signal per sleep, and the errors that end it, took 4 % of a consumer's CPU.
 * @param signal ends every sleep.
 */
export function createAlarm(signal: AbortSignal): Alarm {
  let isRung = false
  const asleep = new Set<() => void>()

  async function sleep(ms: number): Promise<void> {
    if (!isRung && !signal.aborted)
      await new Promise<void>((resolve) => {
        const end = () => {
          clearTimeout(timer)
          asleep.delete(end)
          signal.removeEventListener('abort', end)
          resolve()
        }
        const timer = setTimeout(end, ms)
        asleep.add(end)
        signal.addEventListener('abort', end)
      })
    isRung = false
  }

  function wake(): void {
    isRung = true
    for (const end of [...asleep]) end()
  }

  return { sleep, wake }
}
