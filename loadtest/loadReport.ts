import type { FlowProof, Proof } from '../proof/proof.ts'
import { markdownTable } from '../scripts/markdownTable.ts'
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
    markdownTable(['metric', 'count', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms'], requestRows(k6)),
    '## Ledger',
    markdownTable(['what', ...proof.flows.map(({ flow }) => `events of ${flow}`)], ledgerRows(proof)),
    quietSentence(proof),
    ...proof.brokenLaws.map(({ law, examples }) => `**Broken**: ${law} (${examples.join('; ')})`),
    '## Services',
    markdownTable(['process', 'metric', 'value'], report.services.map(serviceRow)),
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

const counts: readonly (readonly [string, (flow: FlowProof) => number | undefined])[] = [
  ['acknowledged', ({ report }) => report.acknowledged],
  ['outcome unknown', ({ report }) => report.unknown],
  ['of these recorded', ({ report }) => report.unknownRecorded],
  ['recorded in the outbox', ({ report }) => report.recorded],
  ['delivered to Kafka', ({ report }) => report.delivered],
  ['duplicates delivered', ({ report }) => report.duplicatesDelivered],
  ['took effect', ({ report }) => report.effects],
  ['lost', ({ report }) => report.lost.count],
  ['phantom', ({ report }) => report.phantom.count],
  ['recorded twice', ({ report, contents }) => report.duplicateRecords.count + contents.recordedTwice.length],
  ['content not as acknowledged', ({ contents }) => contents.mismatched.length],
  ['duplicate effects', ({ report }) => report.duplicateEffects.count],
  ['reorderings', ({ report }) => report.reorderings.count],
  ['lag', ({ report }) => report.lag],
  ['audit difference', ({ report }) => report.auditDifference],
]

/** The numbers of a proof, a row each, with a column for each flow. */
export function ledgerRows({ flows }: Proof): string[][] {
  return counts.map(([name, read]) => [name, ...flows.map((flow) => String(read(flow) ?? 'not looked at'))])
}

function quietSentence({ refused, quiet, quietAfterMs }: Proof): string {
  const rest = `${quiet ? 'Quiet' : '**Not quiet**'} after ${(quietAfterMs / 1_000).toFixed(1)} s.`
  return `${refused} requests were refused. ${rest}`
}

function serviceRow({ process, metric, value, unit }: MetricRow): string[] {
  return [process, metric, `${Number.isInteger(value) ? value : value.toFixed(1)} ${unit}`.trim()]
}
