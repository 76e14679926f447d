import { setTimeout as delay } from 'node:timers/promises'

const pollEveryMs = 20

/**
 * Polls until `look` finds something truthy, and returns it.
 * @throws Error that names `what` when nothing is found within `budgetMs` (default 30 s); the errors of `look`.
 */
export async function eventually<T>(
  look: () => T | Promise<T>,
  what: string = String(look),
  budgetMs = 30_000,
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = performance.now() + budgetMs
  for (;;) {
    const found = await look()
    if (found) return found as Exclude<T, undefined | null | false>
    if (performance.now() > deadline) throw new Error(`Not within ${budgetMs / 1_000} s: ${what}`)
    await delay(pollEveryMs)
  }
}
