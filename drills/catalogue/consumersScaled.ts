import { setTimeout as delay } from 'node:timers/promises'
import { scale, waitForComponent } from '../../k8s/cluster/scale.ts'
import { messagesSystem } from '../../systems/messages.ts'
import { entryFlow } from '../../systems/parts.ts'
import type { Drill } from '../drill.ts'

const component = entryFlow(messagesSystem).consumer
const absentMs = 30_000

export const consumersScaled: Drill = {
  name: 'consumersScaled',
  title: 'Consumer scaled to 0, then to 3 with a backlog',
  hypothesis:
    'Kafka keeps what nobody reads. Three consumers that come at once share the partitions; while partitions move between them, batches are delivered again and take effect once.',
  fault: 'kubectl scale message-processor to 0, after 30 s to 3',
  budget: { firstDeliveryMs: 5_000, firstEffectMs: 45_000, caughtUpMs: 60_000 },
  load: { postsPerSecond: 15, keyedPerSecond: 50 },
  invariants: ['everyRequestAnswered'],
  scales: component,
  missing: () => undefined,
  inject: async ({ kube, release }) => {
    const beganAt = Date.now()
    await scale(kube, release, component, 0)
    await delay(absentMs)
    const endedAt = Date.now()
    await scale(kube, release, component, 3)
    await waitForComponent(kube, release, component)
    return { beganAt, endedAt }
  },
}
