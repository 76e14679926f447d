import type { LedgerReport } from './checkHistory.ts'
import type { Findings } from './findings.ts'

/** Formats a report as a short text table, with the first few findings. */
export function formatReport(report: LedgerReport): string {
  const rows: [string, number | undefined][] = [
    ['acknowledged', report.acknowledged],
    ['outcome unknown', report.unknown],
    ['  of these recorded', report.unknownRecorded],
    ['recorded in the outbox', report.recorded],
    ['delivered to Kafka', report.delivered],
    ['duplicates delivered', report.duplicatesDelivered],
    ['took effect', report.effects],
    ['lost', report.lost.count],
    ['phantom', report.phantom.count],
    ['recorded twice', report.duplicateRecords.count],
    ['duplicate effects', report.duplicateEffects.count],
    ['reorderings', report.reorderings.count],
    ['lag', report.lag],
    ['audit difference', report.auditDifference],
  ]
  const table = rows.map(([name, value]) => `${name.padEnd(24)}${String(value ?? '-').padStart(10)}`)
  return [
    ...table,
    ...samplesOf(report),
    report.ok ? 'the ledger is in order' : 'THE LEDGER IS NOT IN ORDER',
  ].join('\n')
}

function samplesOf(report: LedgerReport): string[] {
  const all: Findings[] = [
    report.lost,
    report.phantom,
    report.duplicateRecords,
    report.duplicateEffects,
    report.reorderings,
  ]
  return all.flatMap(({ samples }) =>
    samples
      .slice(0, 5)
      .map(({ reason, event, key }) => `  ${reason}: ${event}${key === undefined ? '' : ` of key ${key}`}`),
  )
}
