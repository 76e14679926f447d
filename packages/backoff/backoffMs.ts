export interface BackoffBounds {
  readonly initialMs: number
  readonly maxMs: number
}

/**
 * The pause after the `failures`-th failure in a row, in milliseconds: anything up to a bound that doubles, so that those who failed at
 * the same time do not try again at the same time ("full jitter", Marc Brooker, "Exponential Backoff And Jitter", AWS 2015).
 */
export function backoffMs(
  failures: number,
  { initialMs, maxMs }: BackoffBounds,
  random: () => number = Math.random,
): number {
  return Math.round(random() * Math.min(maxMs, initialMs * 2 ** Math.min(failures - 1, 30)))
}
