import { setTimeout as delay } from 'node:timers/promises'
import { scale, waitForComponent } from '../../k8s/cluster/scale.ts'
import { messagesSystem } from '../../systems/messages.ts'
import { relayOf } from '../../systems/parts.ts'
import { type Drill, instant } from '../drill.ts'

const workTogetherMs = 15_000

const component = relayOf(messagesSystem).name

export const relayScaledUp: Drill = {
  name: 'relayScaledUp',
  title: 'Relay scaled to 3, and back',
  hypothesis:
    'Three relays share the shards: each shard is with one of them at any time, so no key is reordered.',
  fault: 'kubectl scale relay to 3, 15 s later back',
  budget: { firstDeliveryMs: 10_000, firstEffectMs: 10_000, caughtUpMs: 20_000 },
  invariants: ['everyRequestAnswered'],
  scales: component,
  missing: () => undefined,
  inject: async ({ kube, release }) => {
    const at = Date.now()
    await scale(kube, release, component, 3)
    await waitForComponent(kube, release, component)
    await delay(workTogetherMs)
    return instant(at)
  },
}
