import { type Drill, instant } from '../../drill.ts'
import { killEvery } from '../../faults/killEvery.ts'

export const ordersKilled: Drill = {
  name: 'ordersKilled',
  title: 'Orders killed in the middle of sagas (SIGKILL)',
  hypothesis:
    'An order, its saga and the first command are one transaction, and so is each reply with what follows it: the successor goes on from there, and repeats nothing that took effect. Requests fail until the orders are back.',
  fault: 'SIGKILL to the processes of every pod of orders',
  budget: { firstDeliveryMs: 20_000, firstEffectMs: 20_000, caughtUpMs: 40_000 },
  system: 'shop',
  missing: () => undefined,
  inject: async (context) => instant(await killEvery(context, 'orders')),
}
