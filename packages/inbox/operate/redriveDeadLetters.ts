import { pause } from '../retry.ts'
import type { DeadLetterFilter, SqlClient } from '../sql/deadLetterFilter.ts'
import { type Followed, followRedriven, type Redriven, redrivePage } from '../sql/redriveDeadLetters.ts'

export interface RedriveOptions {
  /** How long to wait for their outcome; default 0, which reports all of them as `waiting`. */
  readonly waitMs?: number
  readonly signal?: AbortSignal
}

export interface RedriveResult {
  /** How many got new attempts; the sum of the three below. */
  readonly redriven: number
  readonly processed: number
  /** Given up again. */
  readonly dead: number
  /** Not done when the wait ended: the consumer continues with them. */
  readonly waiting: number
  /** The first 100 of those that did not take effect. */
  readonly unfinished: readonly (Redriven & Followed)[]
}

const pageSize = 1_000
const never = new AbortController().signal

/**
 * Gives dead letters new attempts, after the held events of their keys, and waits for the outcome. They keep
 * id, headers and the order of each key, and reach only the consumer that gave them up, which need not run in this
 * process. Letters without a valid id or value stay. Errors: the database's.
 */
export async function redriveDeadLetters(
  client: SqlClient,
  filter: DeadLetterFilter,
  { waitMs = 0, signal = never }: RedriveOptions = {},
): Promise<RedriveResult> {
  const redriven = await redriveAll(client, filter)
  const outcomes = new Map<string, Followed>()
  let waiting = redriven.map(({ id }) => id)
  const deadline = Date.now() + waitMs
  for (let pauseMs = 50; waiting.length > 0; pauseMs = Math.min(1_000, pauseMs * 2)) {
    for (let from = 0; from < waiting.length; from += pageSize) {
      const page = await followRedriven(client, waiting.slice(from, from + pageSize))
      for (const followed of page) outcomes.set(followed.id, followed)
    }
    waiting = waiting.filter((id) => outcomes.get(id)?.outcome === 'waiting')
    if (waiting.length === 0 || signal.aborted || Date.now() >= deadline) break
    await pause(Math.min(pauseMs, Math.max(1, deadline - Date.now())), signal)
  }
  return summarize(redriven, outcomes)
}

async function redriveAll(client: SqlClient, filter: DeadLetterFilter): Promise<Redriven[]> {
  const redriven: Redriven[] = []
  for (let after = '0'; ; after = redriven.at(-1)?.id ?? '0') {
    const page = await redrivePage(client, filter, { after, limit: pageSize })
    redriven.push(...page)
    if (page.length < pageSize) return redriven
  }
}

function summarize(redriven: readonly Redriven[], outcomes: ReadonlyMap<string, Followed>): RedriveResult {
  const count = (outcome: Followed['outcome']) =>
    redriven.filter(({ id }) => outcomes.get(id)?.outcome === outcome).length
  const unfinished = redriven.flatMap((letter) => {
    const followed = outcomes.get(letter.id)
    return followed && followed.outcome !== 'processed' ? [{ ...letter, ...followed }] : []
  })
  return {
    redriven: redriven.length,
    processed: count('processed'),
    dead: count('dead'),
    waiting: count('waiting'),
    unfinished: unfinished.slice(0, 100),
  }
}
