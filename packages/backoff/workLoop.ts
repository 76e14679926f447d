import { createAlarm } from './alarm.ts'
import { type BackoffBounds, backoffMs } from './backoffMs.ts'

export interface WorkLoopOptions {
  /** One round of work. Returns how long to sleep unless something wakes the loop, 0 when there may be more to do. */
  round(): Promise<number>
  /** Told of a round that has failed; the next one comes after a pause. */
  onFailure(error: unknown, failures: number): void
  readonly backoff: BackoffBounds
}

/**
 * Does rounds of work until it is stopped, and sleeps in between:
 *
 *     start → round → sleep → round → …   wake: ends the sleep
 *               └ failed → pause ┘        stop: no more rounds, what is in hand is finished
 */
export interface WorkLoop {
  /** Aborted by `stop`. */
  readonly signal: AbortSignal
  start(): void
  /** Has a round begin at once. */
  wake(): void
  /** What a round begins and does not wait for: its end wakes the loop, and `stop` waits for it. It must not reject. */
  hold(work: Promise<void>): void
  /** How much is held. */
  held(): number
  /** Resolves when the round under way and all that is held have ended. */
  stop(): Promise<void>
}

export function createWorkLoop({ round, onFailure, backoff }: WorkLoopOptions): WorkLoop {
  const stopping = new AbortController()
  const { signal } = stopping
  const alarm = createAlarm(signal)
  const inHand = new Set<Promise<void>>()
  let running: Promise<void> = Promise.resolve()

  async function run(): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      try {
        const pauseMs = await round()
        failures = 0
        if (pauseMs > 0) await alarm.sleep(pauseMs)
      } catch (error) {
        failures += 1
        onFailure(error, failures)
        await alarm.sleep(backoffMs(failures, backoff))
      }
    }
  }

  function hold(work: Promise<void>): void {
    const held = work.finally(() => {
      inHand.delete(held)
      alarm.wake()
    })
    inHand.add(held)
  }

  return {
    signal,
    start: () => {
      running = run()
    },
    wake: alarm.wake,
    hold,
    held: () => inHand.size,
    stop: async () => {
      stopping.abort()
      await running
      await Promise.all(inHand)
    },
  }
}

/**
 * How long a loop sleeps that looks every `pollMs` and knows what is due next. What is due already and was not taken,
 * another process has locked: that is no reason to look sooner.
 */
export function sleepMs(pollMs: number, nextMs: number | undefined): number {
  const jittered = pollMs * (0.75 + Math.random() / 2)
  return nextMs === undefined || nextMs <= 0 ? jittered : Math.min(jittered, nextMs + 1)
}
