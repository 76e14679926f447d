import type { Drill } from '../../drill.ts'
import { stayAway } from '../../faults/stayAway.ts'

const absentMs = 60_000

export const paymentsAbsent: Drill = {
  name: 'paymentsAbsent',
  title: 'Payments scaled to 0 for 60 s',
  hypothesis:
    'Sagas repeat their CHARGE, give up after their attempts, release what they reserved and ask for a refund. Answers that come late are compensated: nobody pays for a cancelled order, and nothing stays reserved for one.',
  fault: 'kubectl scale payments to 0, after 60 s back',
  budget: { firstDeliveryMs: 60_000, firstEffectMs: 60_000, caughtUpMs: 90_000 },
  system: 'shop',
  invariants: ['everyRequestAnswered'],
  scales: 'payments',
  missing: () => undefined,
  inject: (context) => stayAway(context, 'payments', absentMs),
}
