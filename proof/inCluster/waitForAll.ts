import type { Quiet } from '../waitForQuiet.ts'

/**
 * Waits until flows that can only be asked one by one are quiet together: effects of one may record events of another,
 * so all have to be quiet at the first look in two rounds, or in one where there is a single flow.
 */
export async function waitForAll(
  flows: readonly ((budgetMs: number) => Promise<Quiet>)[],
  budgetMs: number,
): Promise<Quiet> {
  const beganAt = performance.now()
  const waited = () => Math.round(performance.now() - beganAt)
  if (flows.length === 1 && flows[0]) return flows[0](budgetMs)
  let calmRounds = 0
  let rounds = 0
  while (waited() < budgetMs) {
    rounds += 1
    let isCalm = true
    for (const flow of flows) {
      const { quiet, looks } = await flow(Math.max(0, budgetMs - waited()))
      isCalm &&= quiet && looks === 1
    }
    calmRounds = isCalm ? calmRounds + 1 : 0
    if (calmRounds === 2) return { quiet: true, waitedMs: waited(), looks: rounds }
  }
  return { quiet: false, waitedMs: waited(), looks: rounds }
}
