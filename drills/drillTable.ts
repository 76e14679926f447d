import { markdownTable } from '../scripts/markdownTable.ts'
import type { DrillResult } from './drillResult.ts'

const header = [
  'drill',
  'result',
  'requests (2xx)',
  'lost',
  'delivered twice',
  'effects twice',
  'reordered',
  'longest stall',
  'first delivery',
  'first effect',
  'lag 0',
]

/** The results as one Markdown table, with what went wrong and what did not run below it. */
export function drillTable(results: readonly DrillResult[]): string {
  const notes = results.flatMap(noteOf)
  const table = markdownTable(header, results.map(cells), 2)
  return [table, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n')
}

function cells(result: DrillResult): string[] {
  const name = `${result.title} (\`${result.name}\`)`
  if (result.verdict === 'notRun') return [name, 'not run', ...header.slice(2).map(() => '')]
  if (result.verdict === 'broke') return [name, '**broke off**', ...header.slice(2).map(() => '')]
  const { measured } = result
  const { recovery, budget } = measured
  return [
    name,
    result.verdict === 'passed' ? 'passed' : '**failed**',
    `${measured.requests} (${percent(measured.answered)})`,
    String(measured.lost),
    String(measured.duplicatesDelivered),
    String(measured.duplicateEffects),
    String(measured.reorderings),
    seconds(recovery.longestStallMs),
    recovery.firstDeliveryMs === null
      ? ''
      : `${seconds(recovery.firstDeliveryMs)} (≤ ${budget.firstDeliveryMs / 1_000} s)`,
    `${seconds(recovery.firstEffectMs)} (≤ ${budget.firstEffectMs / 1_000} s)`,
    `${seconds(recovery.caughtUpMs)} (≤ ${budget.caughtUpMs / 1_000} s)`,
  ]
}

function noteOf(result: DrillResult): string[] {
  const alerts = result.alerts?.map((alert) => `- alert: \`${result.name}\`: ${alert}`) ?? []
  return [...outcomeOf(result), ...alerts]
}

function outcomeOf(result: DrillResult): string[] {
  if (result.verdict === 'notRun') return [`- not run: \`${result.name}\`: ${result.reason}`]
  if (result.verdict === 'broke') return [`- broke off: \`${result.name}\`: ${result.reason}`]
  return result.problems.map((problem) => `- failed: \`${result.name}\`: ${problem}`)
}

function percent(share: number): string {
  // Rounded down: 100 % means every one.
  return `${(Math.floor(share * 10_000) / 100).toString()} %`
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
