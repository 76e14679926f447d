import { setTimeout as delay } from 'node:timers/promises'

/** A wait that was over before what it waited for. */
export class WaitError extends Error {}

/**
 * Asks until the answer is neither undefined nor false. While the API server does not answer, it asks on.
 * @throws WaitError after `budgetMs`, with the last error, if there was one.
 */
export async function waitFor<T>(
  what: string,
  budgetMs: number,
  ask: () => Promise<T | undefined | false>,
  everyMs = 500,
): Promise<T> {
  const deadline = performance.now() + budgetMs
  let cause: unknown
  for (;;) {
    try {
      const answer = await ask()
      if (answer !== undefined && answer !== false) return answer
      cause = undefined
    } catch (error) {
      cause = error
    }
    if (performance.now() > deadline) break
    await delay(everyMs)
  }
  const why = cause instanceof Error ? ` (${cause.message.split('\n')[0]})` : ''
  throw new WaitError(`Waited ${Math.round(budgetMs / 1_000)} s in vain for ${what}${why}.`, { cause })
}
