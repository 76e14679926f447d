import { type Drill, instant } from '../../drill.ts'
import { killEvery } from '../../faults/killEvery.ts'

export const inventoryKilled: Drill = {
  name: 'inventoryKilled',
  title: 'Inventory killed in the middle of sagas (SIGKILL)',
  hypothesis:
    'Units are reserved in the transaction that notes the command: a repeated RESERVE has the same answer and takes nothing twice. Orders go on being accepted, and wait.',
  fault: 'SIGKILL to the processes of every pod of inventory',
  budget: { firstDeliveryMs: 20_000, firstEffectMs: 20_000, caughtUpMs: 40_000 },
  system: 'shop',
  invariants: ['everyRequestAnswered'],
  missing: () => undefined,
  inject: async (context) => instant(await killEvery(context, 'inventory')),
}
