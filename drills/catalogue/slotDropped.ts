import { dropSlot, waitForStream } from '../../k8s/cluster/slots.ts'
import { type Drill, instant } from '../drill.ts'
import { needsStream } from './needs.ts'

export const slotDropped: Drill = {
  name: 'slotDropped',
  title: 'Replication slot dropped',
  hypothesis:
    'The relay goes on with the table from where the stream had come to, makes a new slot and returns to it. The cursor is in the table, so nothing hangs on a slot.',
  fault: 'the stream ended and pg_drop_replication_slot at once, again and again until it succeeds',
  budget: { firstDeliveryMs: 10_000, firstEffectMs: 12_000, caughtUpMs: 15_000 },
  system: 'commissions',
  invariants: ['everyRequestAnswered'],
  missing: needsStream,
  inject: async ({ kube, release, print }) => {
    const slot = await waitForStream(kube, release)
    const at = Date.now()
    await dropSlot(kube, release, slot)
    const { name } = await waitForStream(kube, release)
    print(`a relay reads from ${name} again, ${((Date.now() - at) / 1_000).toFixed(1)} s later`)
    return instant(at)
  },
}
