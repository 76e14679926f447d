import { setTimeout as delay } from 'node:timers/promises'

export interface OpenLoopOptions {
  perSecond: number
  /** Tasks under way at once; what would exceed it is dropped, and counted. */
  maxInFlight: number
  signal: AbortSignal
}

export interface OpenLoopCounts {
  started: number
  dropped: number
}

const tickMs = 10

/**
 * Starts tasks on schedule, however slow they are, until the signal aborts; then waits for those under way. A task
 * handles its own errors. (A loop that waits for each answer would stop asking just when the system is in trouble:
 * https://www.azul.com/files/HowNotToMeasureLatency_LLSummit_NYC_12Nov2013.pdf, "coordinated omission".)
 */
export async function runOpenLoop(
  { perSecond, maxInFlight, signal }: OpenLoopOptions,
  task: (n: number) => Promise<void>,
): Promise<OpenLoopCounts> {
  const underWay = new Set<Promise<void>>()
  const counts = { started: 0, dropped: 0 }
  const beganAt = performance.now()
  while (!signal.aborted) {
    const due = Math.floor(((performance.now() - beganAt) * perSecond) / 1_000)
    while (counts.started + counts.dropped < due) {
      if (underWay.size >= maxInFlight) {
        counts.dropped += 1
        continue
      }
      const running: Promise<void> = task(counts.started++).finally(() => underWay.delete(running))
      underWay.add(running)
    }
    await delay(tickMs, undefined, { signal }).catch(() => {})
  }
  await Promise.all(underWay)
  return counts
}
