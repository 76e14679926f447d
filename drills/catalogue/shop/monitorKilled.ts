import { type Drill, instant } from '../../drill.ts'
import { killEvery } from '../../faults/killEvery.ts'

export const monitorKilled: Drill = {
  name: 'monitorKilled',
  title: 'Monitor killed while it looks (SIGKILL)',
  hypothesis:
    'Nothing waits for the monitor: every order is taken and confirmed. Its successor takes the lease of the looks and its partitions, and counts no event of the shop twice.',
  fault: 'SIGKILL to the processes of every pod of the monitor',
  budget: { firstDeliveryMs: 20_000, firstEffectMs: 20_000, caughtUpMs: 60_000 },
  system: 'shop',
  invariants: ['everyRequestAnswered'],
  missing: () => undefined,
  inject: async (context) => instant(await killEvery(context, 'monitor')),
}
