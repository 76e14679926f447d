const windowMs = 60_000
const maxRestarts = 3
const defaultFirstDelayMs = 1_000

/**
 * How long to wait before a service that ended is started again, given when it ended before (milliseconds, `now`
 * included), or undefined when it should not be: by default 1 s, 2 s, 4 s, and given up at the fourth end within a minute.
 */
export function restartDelay(
  ends: readonly number[],
  now: number,
  firstDelayMs = defaultFirstDelayMs,
): number | undefined {
  const recent = ends.filter((end) => end > now - windowMs).length
  return recent > maxRestarts ? undefined : firstDelayMs * 2 ** (recent - 1)
}
