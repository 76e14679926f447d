export interface RetryBounds {
  readonly initialMs: number
  readonly maxMs: number
}

/** The pause after the `attempts`-th failure in milliseconds: doubling, with jitter of a half. */
export function retryDelayMs(attempts: number, bounds: RetryBounds, random = Math.random): number {
  const full = Math.min(bounds.maxMs, bounds.initialMs * 2 ** Math.min(attempts - 1, 30))
  return Math.round(full * (0.5 + random() / 2))
}
