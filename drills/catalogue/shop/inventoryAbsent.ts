import { waitFor } from '../../../k8s/cluster/waitFor.ts'
import type { Drill } from '../../drill.ts'
import { stayAway } from '../../faults/stayAway.ts'

const waiting = 1_000
const budgetMs = 300_000

export const inventoryAbsent: Drill = {
  name: 'inventoryAbsent',
  title: 'Inventory scaled to 0 until 1,000 orders wait',
  hypothesis:
    'Orders are accepted all the while. Their sagas repeat RESERVE and give up some orders in the end; the inventory that comes back answers each command in order, a RELEASE that came before its RESERVE included, and no unit is lost or sold twice.',
  fault: 'kubectl scale inventory to 0, back once 1,000 commands wait for it',
  budget: { firstDeliveryMs: 60_000, firstEffectMs: 60_000, caughtUpMs: 180_000 },
  system: 'shop',
  load: { postsPerSecond: 20, keyedPerSecond: 4 },
  invariants: ['everyRequestAnswered'],
  scales: 'inventory',
  missing: () => undefined,
  inject: (context) =>
    stayAway(context, 'inventory', () =>
      waitFor(`${waiting} commands to wait`, budgetMs, async () => {
        return (await context.toolbox.pendingAt(Date.now())) >= waiting || undefined
      }).then(() => undefined),
    ),
}
