import { formatLedgerLine, type LedgerLine } from '../../proof/ledgerLine.ts'

/** Adds a line to the ledger. k6 has no files to write to: what a script logs is what it can keep (--console-output). */
export function keepLine(line: LedgerLine): void {
  // biome-ignore lint/suspicious/noConsole: this is the ledger
  console.log(formatLedgerLine(line))
}
