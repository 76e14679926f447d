import { setTimeout as delay } from 'node:timers/promises'

/** Something that is to happen in the shop, in the words of the seed. */
export interface Step {
  readonly text: string
  /** Its facts once it has happened; undefined before. */
  look(): Promise<string | undefined>
}

const budgetMs = 60_000
const pauseMs = 100

/** Waits for one step after the other and prints what was seen. @returns whether all of them came. */
export async function followSteps(
  steps: readonly Step[],
  print: (line: string) => void,
  stepBudgetMs = budgetMs,
): Promise<boolean> {
  const width = Math.max(...steps.map(({ text }) => text.length)) + 2
  for (const [n, step] of steps.entries()) {
    const facts = await lookUntil(step, stepBudgetMs)
    const start = `  ${String(n + 1).padStart(2)}. ${facts === undefined ? '❌' : '✅'} `
    print(`${start}${step.text.padEnd(width)}${facts ?? `no ocurrió en ${stepBudgetMs / 1_000} s`}`.trimEnd())
    if (facts === undefined) return false
  }
  return true
}

async function lookUntil({ look }: Step, stepBudgetMs: number): Promise<string | undefined> {
  const deadline = performance.now() + stepBudgetMs
  for (;;) {
    const facts = await look()
    if (facts !== undefined || performance.now() > deadline) return facts
    await delay(pauseMs)
  }
}
