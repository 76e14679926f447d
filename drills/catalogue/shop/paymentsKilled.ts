import { type Drill, instant } from '../../drill.ts'
import { killEvery } from '../../faults/killEvery.ts'

export const paymentsKilled: Drill = {
  name: 'paymentsKilled',
  title: 'Payments killed in the middle of sagas (SIGKILL)',
  hypothesis:
    'A charge is noted before the provider is called and bears the same idempotency key when it is repeated: each order is charged once, and the sagas wait for it.',
  fault: 'SIGKILL to the processes of every pod of payments',
  budget: { firstDeliveryMs: 20_000, firstEffectMs: 20_000, caughtUpMs: 40_000 },
  system: 'shop',
  invariants: ['everyRequestAnswered'],
  missing: () => undefined,
  inject: async (context) => instant(await killEvery(context, 'payments')),
}
