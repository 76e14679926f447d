import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { type LedgerLine, parseLedgerLine } from './ledgerLine.ts'

/** What those who sent requests have written down. */
export interface SentLedger {
  acknowledged: LedgerLine[]
  unknown: LedgerLine[]
  /** How many requests were refused; their events are in no set. */
  refused: number
  /** Lines that could not be read: more than the last one means a faulty writer. */
  unreadable: number
}

/** Sorts the lines of a ledger. */
export function sortLedger(lines: Iterable<string>): SentLedger {
  const ledger = noLedger()
  for (const text of lines) addLine(ledger, text)
  return ledger
}

/** Reads a ledger file. Errors: those of the file system. */
export async function readLedger(path: string): Promise<SentLedger> {
  const ledger = noLedger()
  for await (const text of createInterface({ input: createReadStream(path) })) addLine(ledger, text)
  return ledger
}

/** That of a run that sent nothing. */
export function noLedger(): SentLedger {
  return { acknowledged: [], unknown: [], refused: 0, unreadable: 0 }
}

function addLine(ledger: SentLedger, text: string): void {
  if (text.trim() === '') return
  const line = parseLedgerLine(text)
  if (!line) ledger.unreadable += 1
  else if (line.outcome === 'ack') ledger.acknowledged.push(line)
  else if (line.outcome === 'unknown') ledger.unknown.push(line)
  else ledger.refused += 1
}
