import { setTimeout as delay } from 'node:timers/promises'
import { replicasOf, scale } from '../../k8s/cluster/scale.ts'
import { commissionsSystem } from '../../systems/commissions.ts'
import { entryFlow } from '../../systems/parts.ts'
import type { Drill } from '../drill.ts'

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
  inject: async ({ kube, release }) => {
    const replicas = await replicasOf(kube, release, component)
    const beganAt = Date.now()
    await scale(kube, release, component, 0)
    await delay(absentMs)
    const endedAt = Date.now()
    await scale(kube, release, component, replicas)
    return { beganAt, endedAt }
  },
}
