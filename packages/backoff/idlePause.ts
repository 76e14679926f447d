const growth = 1.2
const mostPauses = 2.5

/**
 * The pauses of a loop that looks for work in a database, which mostly comes with a wake-up: each longer than the one before as long as
 * nothing is found, up to 2.5 times the first, so that twenty idle services cost less.
 */
export function createIdlePause(firstMs: number): (found: boolean) => number {
  let pauseMs = firstMs
  return (found) => {
    const now = found ? firstMs : pauseMs
    pauseMs = Math.min(firstMs * mostPauses, now * growth)
    return now
  }
}
