import type { EventRef, Ledger } from '@relevo/ledger'
import type { LedgerLine } from './ledgerLine.ts'
import type { SentLedger } from './readLedger.ts'

/** A row of the outbox whose content is of this run. */
export interface ContentRow {
  id: number
  content: string
}

/** What comparing contents shows beyond the check of ids. */
export interface ContentFindings {
  /** Events whose content is not what was acknowledged under their number. */
  mismatched: string[]
  /** Contents, each of one request, that were recorded more than once. */
  recordedTwice: string[]
}

/**
 * Finds the events of a run by their contents. Requests of unknown outcome, and those whose answers name no event, get
 * the number under which their content was recorded, if it was; so they can be checked like all others.
 */
export function matchContents(
  ledger: SentLedger,
  rows: Iterable<ContentRow>,
): { ledger: Ledger; findings: ContentFindings } {
  const ids = new Map<string, number>()
  const contents = new Map<number, string>()
  const recordedTwice: string[] = []
  for (const { id, content } of rows) {
    if (ids.has(content)) recordedTwice.push(content)
    ids.set(content, id)
    contents.set(id, content)
  }
  const mismatched = ledger.acknowledged
    .filter(({ id, content }) => id !== undefined && content !== undefined && contents.get(id) !== content)
    .map(({ id, content }) => `${id} ${content}`)
  return {
    ledger: {
      acknowledged: ledger.acknowledged.map((line) => refOf(line, ids)),
      unknown: ledger.unknown.map((line) => refOf(line, ids)),
    },
    findings: { mismatched, recordedTwice },
  }
}

function refOf({ id, event, content = '' }: LedgerLine, ids: ReadonlyMap<string, number>): EventRef {
  return id ?? event ?? ids.get(content) ?? content
}
