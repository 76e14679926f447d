import type { LoadSummary } from '../proof/inCluster/program/generateLoad.ts'
import { type FlowProof, type Proof, totalOf } from '../proof/proof.ts'
import type { Budget, Invariant } from './drill.ts'
import type { Recovery } from './measureRecovery.ts'

/** How a drill came out; `alerts`: which fired, a sentence each, where a Prometheus was asked. */
export type DrillResult = { name: string; title: string; alerts?: readonly string[] } & (
  | { verdict: 'passed' | 'failed'; measured: Measured; problems: string[] }
  | { verdict: 'notRun'; reason: string }
  | { verdict: 'broke'; reason: string }
)

/** What a drill has measured. */
export interface Measured {
  /** When it began, as ISO 8601, and how long it took in all. */
  beganAt: string
  seconds: number
  /** Requests of the API that were sent, and the share of them that were answered 2xx, 0 to 1. */
  requests: number
  answered: number
  lost: number
  duplicatesDelivered: number
  duplicateEffects: number
  reorderings: number
  recovery: Recovery
  budget: Budget
  load: LoadSummary
  proof: Proof
  /** What the drill itself claims and does not hold, each as a sentence. */
  problems: readonly string[]
}

/** Everything that did not hold, each as a sentence. */
export function findProblems(measured: Measured, invariants: readonly Invariant[] = []): string[] {
  const { proof, recovery, budget, load } = measured
  const counts: [(flow: FlowProof) => number | undefined, string][] = [
    [({ report }) => report.lost.count, 'lost'],
    [({ report }) => report.duplicateEffects.count, 'took effect more than once'],
    [({ report }) => report.reorderings.count, 'were delivered or took effect out of order'],
    [({ report }) => report.phantom.count, 'are in Kafka or had effect and were never recorded'],
    [
      ({ report, contents }) => report.duplicateRecords.count + contents.recordedTwice.length,
      'were recorded twice',
    ],
    [({ contents }) => contents.mismatched.length, 'have another content than was acknowledged'],
    [({ report }) => report.lag, 'are not consumed'],
    [({ report }) => report.auditDifference, 'are not accounted for by the audit'],
  ]
  return [
    ...counts.flatMap(([read, what]) => {
      const count = totalOf(proof, read)
      return count ? [`${count} events ${what}`] : []
    }),
    ...(totalOf(proof, ({ report }) => report.acknowledged) === 0
      ? ['nothing was acknowledged, so nothing was shown']
      : []),
    ...proof.brokenLaws.map(({ law, examples }) => `broken: ${law} (${examples[0]})`),
    ...(proof.quiet ? [] : ['it did not come to rest in time']),
    ...over(recovery.firstDeliveryMs, budget.firstDeliveryMs, 'the first delivery'),
    ...over(recovery.firstEffectMs, budget.firstEffectMs, 'the first effect'),
    ...over(recovery.caughtUpMs, budget.caughtUpMs, 'lag 0'),
    ...(invariants.includes('everyRequestAnswered') ? unanswered(load) : []),
    ...measured.problems,
  ]
}

function over(measuredMs: number | null, budgetMs: number, what: string): string[] {
  if (measuredMs === null || measuredMs <= budgetMs) return []
  return [`${what} took ${(measuredMs / 1_000).toFixed(1)} s, and the budget is ${budgetMs / 1_000} s`]
}

function unanswered({ posts: { unknown, refused, dropped, reasons } }: LoadSummary): string[] {
  const count = unknown + refused + dropped
  if (count === 0) return []
  const whys = Object.entries(reasons).map(([why, times]) => `${times} × ${why}`)
  if (dropped > 0) whys.push(`${dropped} not sent, since too many were under way`)
  return [`${count} requests were not answered 2xx, and all should have been: ${whys.join(', ')}`]
}
