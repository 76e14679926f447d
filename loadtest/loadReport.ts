import type { Proof } from '../proof/proveRun.ts'
import type { KneeStep } from './k6/kneeSteps.ts'
import { findKnee } from './k6/kneeSteps.ts'
import type { K6Summary } from './k6/summary.ts'
import type { MetricRow } from './metrics/compareMetrics.ts'

/** All that is known of a load run. */
export interface LoadReport {
  scenario: string
  profile: string
  /** When it began, as ISO 8601. */
  beganAt: string
  k6: K6Summary
  /** Undefined where the scenario does not look for the knee. */
  kneeSteps?: readonly KneeStep[] | undefined
  proof: Proof
  services: readonly MetricRow[]
}

/** Every SLO kept and the proof in order. */
export function isGood({ k6, proof }: LoadReport): boolean {
  return proof.ok && k6.slos.every(({ kept }) => kept)
}

/** The report in Markdown. */
export function renderReport(report: LoadReport): string {
  const { scenario, profile, beganAt, k6, kneeSteps, proof } = report
  return [
    `# Load: ${scenario}, ${profile}`,
    `${beganAt}, ${k6.seconds.toFixed(0)} s: ${isGood(report) ? 'everything held' : '**NOT everything held**'}`,
    '## Service levels',
    k6.slos.map(({ sentence, kept }) => `- ${kept ? 'kept' : '**broken**'}: ${sentence}`).join('\n'),
    ...(kneeSteps ? [`The knee is at ${findKnee(kneeSteps, k6.metrics)} requests per second.`] : []),
    '## Requests',
    table(['metric', 'count', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms'], requestRows(k6)),
    '## Ledger',
    table(['what', 'events'], ledgerRows(proof)),
    '## Services',
    table(['process', 'metric', 'value'], report.services.map(serviceRow)),
    '',
  ].join('\n\n')
}

function requestRows({ metrics }: K6Summary): string[][] {
  const rows = Object.entries(metrics).filter(([name]) => name.startsWith('http_req_duration'))
  return rows.map(([name, values]) => [
    name === 'http_req_duration' ? 'all requests' : name.slice('http_req_duration'.length),
    name === 'http_req_duration' ? String(metrics.http_reqs?.count ?? '') : '',
    ...['med', 'p(95)', 'p(99)', 'max'].map((key) => values[key]?.toFixed(1) ?? ''),
  ])
}

/** The numbers of a proof, a row each. */
export function ledgerRows({ report, contents, refused, quiet, quietAfterMs }: Proof): string[][] {
  const rows: [string, number | undefined][] = [
    ['acknowledged', report.acknowledged],
    ['outcome unknown', report.unknown],
    ['of these recorded', report.unknownRecorded],
    ['refused', refused],
    ['recorded in the outbox', report.recorded],
    ['delivered to Kafka', report.delivered],
    ['duplicates delivered', report.duplicatesDelivered],
    ['took effect', report.effects],
    ['lost', report.lost.count],
    ['phantom', report.phantom.count],
    ['recorded twice', report.duplicateRecords.count + contents.recordedTwice.length],
    ['content not as acknowledged', contents.mismatched.length],
    ['duplicate effects', report.duplicateEffects.count],
    ['reorderings', report.reorderings.count],
    ['lag', report.lag],
    ['audit difference', report.auditDifference],
  ]
  const quietRow = [quiet ? 'quiet after' : '**not quiet** after', `${(quietAfterMs / 1_000).toFixed(1)} s`]
  return [...rows.map(([name, value]) => [name, String(value ?? 'not looked at')]), quietRow]
}

function serviceRow({ process, metric, value, unit }: MetricRow): string[] {
  return [process, metric, `${Number.isInteger(value) ? value : value.toFixed(1)} ${unit}`.trim()]
}

function table(header: readonly string[], rows: readonly string[][]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}
