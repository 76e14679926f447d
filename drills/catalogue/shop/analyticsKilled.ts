import { type Drill, instant } from '../../drill.ts'
import { killEvery } from '../../faults/killEvery.ts'

export const analyticsKilled: Drill = {
  name: 'analyticsKilled',
  title: 'Analytics killed while it counts (SIGKILL)',
  hypothesis:
    'An event is counted in the transaction that notes it, and windows are computed from what was counted: the successor counts each event once, and all windows together come to what the order streams come to. Orders do not notice.',
  fault: 'SIGKILL to the processes of every pod of analytics',
  budget: { firstDeliveryMs: 2_000, firstEffectMs: 2_000, caughtUpMs: 5_000 },
  system: 'shop',
  invariants: ['everyRequestAnswered'],
  missing: () => undefined,
  inject: async (context) => instant(await killEvery(context, 'analytics')),
}
