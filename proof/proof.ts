import type { LedgerReport } from '@relevo/ledger'
import type { BrokenLaw } from './checkLaws.ts'
import type { ContentFindings } from './matchContents.ts'
import type { Quiet } from './waitForQuiet.ts'

/** What the check of one flow came to. */
export interface FlowProof {
  /** Its topic and group. */
  readonly flow: string
  /** The check of all that is in outbox, Kafka and effects. */
  readonly report: LedgerReport
  /** Of the run's own contents. */
  readonly contents: ContentFindings
}

/** What a run of a system came to. */
export interface Proof {
  /** Every flow is in order, every law holds, every content is where it was acknowledged to be, and it was quiet in time. */
  readonly ok: boolean
  readonly quiet: boolean
  readonly quietAfterMs: number
  readonly refused: number
  readonly flows: readonly FlowProof[]
  /** The laws of the system that do not hold. */
  readonly brokenLaws: readonly BrokenLaw[]
}

export function combineProofs(
  { quiet, waitedMs }: Quiet,
  refused: number,
  flows: readonly FlowProof[],
  brokenLaws: readonly BrokenLaw[],
): Proof {
  const ok = quiet && flows.every(isInOrder) && brokenLaws.length === 0
  return { ok, quiet, quietAfterMs: waitedMs, refused, flows, brokenLaws }
}

function isInOrder({ report, contents }: FlowProof): boolean {
  return report.ok && contents.mismatched.length === 0 && contents.recordedTwice.length === 0
}

/** A number of all flows together. */
export function totalOf({ flows }: Proof, count: (flow: FlowProof) => number | undefined): number {
  return flows.reduce((sum, flow) => sum + (count(flow) ?? 0), 0)
}
