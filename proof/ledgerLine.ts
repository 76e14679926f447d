// Runs in k6 as well as in Node: no imports.

/**
 * One line of a ledger, as JSON. `ack`: the server said that it has recorded the event. `unknown`: nobody knows
 * (time-out, broken connection, 5xx). `refused`: the server cannot have got it, or said that it did not take it.
 * An event is named by its number in the outbox (`id`), by its event id (`event`), or, where the sender never learnt
 * either, by its `content`, which no two requests share.
 */
export interface LedgerLine {
  outcome: 'ack' | 'unknown' | 'refused'
  id?: number
  event?: string
  content?: string
  /** Why the outcome is not `ack`: a status, an error code. */
  why?: string
}

const outcomes = ['ack', 'unknown', 'refused']

export function formatLedgerLine(line: LedgerLine): string {
  return JSON.stringify(line)
}

/** @returns undefined for a line that is not of a ledger, such as a half-written last one. */
export function parseLedgerLine(text: string): LedgerLine | undefined {
  let line: LedgerLine
  try {
    line = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof line !== 'object' || line === null || !outcomes.includes(line.outcome)) return undefined
  return line
}
