import { setTimeout as delay } from 'node:timers/promises'
import { commandLetters, listLetters } from '../sources/deadLetters.ts'
import type { Source } from '../sources/findSources.ts'
import type { Ask } from '../sources/serviceClient.ts'

export interface SlowRedrive {
  readonly source: Source
  readonly group: string
  readonly perSecond: number
  readonly note: string
}

export interface RedriveProgress {
  /** Is told how far it is, before the first and after each; resolves to whether to go on. */
  readonly goOn: (done: number, total: number) => Promise<boolean>
  readonly signal: AbortSignal
}

/** Letters of one redrive; what is left of the group can be redriven after it. */
export const mostLetters = 10_000
const pageSize = 100

/** Redrives the letters of a group one after the other, the oldest first, no faster than said. @returns how many. */
export async function redriveSlowly(
  ask: Ask,
  { source, group, perSecond, note }: SlowRedrive,
  { goOn, signal }: RedriveProgress,
): Promise<number> {
  const ids = await collectLetters(ask, source, group)
  const begun = performance.now()
  let done = 0
  for (const [n, id] of ids.entries()) {
    if (signal.aborted || !(await goOn(done, ids.length))) return done
    const due = begun + (n * 1_000) / perSecond - performance.now()
    if (due > 0) await delay(due, undefined, { signal }).catch(() => {})
    if (signal.aborted) return done
    done += await commandLetters(ask, source, 'redrive', { which: { id }, note })
  }
  await goOn(done, ids.length)
  return done
}

/** Their numbers go up in the order in which they were given up, which is that of each key. */
async function collectLetters(ask: Ask, source: Source, group: string): Promise<number[]> {
  const ids: number[] = []
  for (let cursor: string | undefined; ids.length < mostLetters; ) {
    const page = await listLetters(ask, source, { group, cursor, limit: pageSize })
    ids.push(...page.dead_letters.map(({ id }) => id))
    cursor = page.next_cursor
    if (cursor === undefined) break
  }
  return ids.sort((a, b) => a - b)
}
