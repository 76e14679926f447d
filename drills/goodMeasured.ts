import { goodProof } from '../proof/goodProof.ts'
import type { Measured } from './drillResult.ts'

const outcomes = () => ({ ack: 10, unknown: 0, refused: 0, dropped: 0, reasons: {} })

/** For tests: a drill in which everything held. */
export function goodMeasured(): Measured & { proof: ReturnType<typeof goodProof> } {
  return {
    beganAt: '2026-01-01T00:00:00.000Z',
    seconds: 60,
    requests: 10,
    answered: 1,
    lost: 0,
    duplicatesDelivered: 2,
    duplicateEffects: 0,
    reorderings: 0,
    recovery: {
      firstDeliveryMs: 800,
      firstEffectMs: 900,
      caughtUpMs: 1_000,
      longestStallMs: 950,
      longestDelayMs: 1_000,
      usualDelayMs: 20,
    },
    budget: { firstDeliveryMs: 10_000, firstEffectMs: 12_000, caughtUpMs: 15_000 },
    load: { beganAt: 0, endedAt: 60_000, posts: outcomes(), keyed: outcomes(), deliveredAt: [] },
    proof: goodProof(),
    problems: [],
  }
}
