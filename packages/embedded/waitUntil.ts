import { setTimeout as delay } from 'node:timers/promises'

/** Polls `condition` every 25 ms until it holds (true) or `budgetMs` have passed (false). */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  budgetMs: number,
): Promise<boolean> {
  const deadline = performance.now() + budgetMs
  while (!(await condition())) {
    if (performance.now() > deadline) return false
    await delay(25)
  }
  return true
}
