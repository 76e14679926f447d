import { commissionsSystem } from '../../systems/commissions.ts'
import { entryFlow } from '../../systems/parts.ts'
import type { Drill } from '../drill.ts'
import { stayAway } from '../faults/stayAway.ts'

const component = entryFlow(commissionsSystem).consumer
const absentMs = 30_000

export const subscriberAbsent: Drill = {
  name: 'subscriberAbsent',
  title: 'Notifications scaled to 0 for 30 s',
  hypothesis:
    'Kafka keeps the events and the offset of their subscriber; the one that comes back has the same volume, and appends what it missed, each event once.',
  fault: 'kubectl scale notifications to 0, after 30 s back',
  budget: { firstDeliveryMs: 5_000, firstEffectMs: 45_000, caughtUpMs: 60_000 },
  system: 'commissions',
  invariants: ['everyRequestAnswered'],
  scales: component,
  missing: () => undefined,
  inject: (context) => stayAway(context, component, absentMs),
}
