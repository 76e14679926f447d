import type { LedgerReport } from '@relevo/ledger'
import type { FlowProof, Proof } from './proof.ts'

const none = () => ({ count: 0, samples: [] })

/** For tests: a proof in which everything held. */
export function goodProof(): Proof & { flows: [FlowProof] } {
  const flow = {
    flow: 'messages>processor',
    contents: { mismatched: [], recordedTwice: [] },
    report: goodReport(),
  }
  return { ok: true, quiet: true, quietAfterMs: 500, refused: 0, flows: [flow], brokenLaws: [] }
}

function goodReport(): LedgerReport {
  return {
    ok: true,
    acknowledged: 20,
    unknown: 0,
    unknownRecorded: 0,
    recorded: 20,
    delivered: 20,
    duplicatesDelivered: 2,
    effects: 20,
    lost: none(),
    phantom: none(),
    duplicateRecords: none(),
    duplicateEffects: none(),
    reorderings: none(),
    lag: 0,
    auditDifference: 0,
  }
}
