import { setTimeout as delay } from 'node:timers/promises'
import { openKiller } from '../../k8s/cluster/killer.ts'
import { listPods } from '../../k8s/cluster/pods.ts'
import { componentSelector } from '../../k8s/cluster/release.ts'
import { replicasOf, scale } from '../../k8s/cluster/scale.ts'
import { waitFor } from '../../k8s/cluster/waitFor.ts'
import { messagesSystem } from '../../systems/messages.ts'
import { entryFlow } from '../../systems/parts.ts'
import { type Drill, type DrillContext, instant } from '../drill.ts'

const component = entryFlow(messagesSystem).consumer
const backlogMs = 20_000
const startBudgetMs = 120_000

export const consumerKilled: Drill = {
  name: 'consumerKilled',
  title: 'Consumer killed in the middle of a batch (SIGKILL)',
  hypothesis:
    'Effects and the note that an event was processed commit together, and the offset after them: whatever the killed consumer had begun is rolled back or known, so its successor repeats it without a second effect. Kafka gives the partitions away when the session of the killed one is over.',
  fault: 'SIGKILL to the processes of a consumer that has begun on a backlog and is not through with it',
  budget: { firstDeliveryMs: 5_000, firstEffectMs: 45_000, caughtUpMs: 60_000 },
  load: { postsPerSecond: 15, keyedPerSecond: 150 },
  invariants: ['everyRequestAnswered'],
  scales: component,
  missing: () => undefined,
  inject: async (context) => {
    const { kube, release, toolbox, print } = context
    const replicas = await replicasOf(kube, release, component)
    const usualUntil = Date.now()
    await scale(kube, release, component, 0)
    await delay(backlogMs)
    await scale(kube, release, component, replicas)
    const pod = await newConsumer(context)
    const killer = await openKiller(kube, release, pod.node)
    try {
      const { recorded, effects } = await toolbox.waitForEffects()
      const at = await killer.kill(pod)
      const behind = await toolbox.pendingAt(at)
      if (behind === 0) throw new Error('The consumer was through with its backlog before it was killed.')
      print(`killed with ${behind} events to go (${effects} of ${recorded} had taken effect a moment before)`)
      return { ...instant(at), usualUntil }
    } finally {
      await killer.close()
    }
  },
}

function newConsumer({ kube, release }: DrillContext) {
  return waitFor('a new consumer', startBudgetMs, async () => {
    const pods = await listPods(kube, release.namespace, componentSelector(release, component))
    return pods.find(({ leaving, node }) => !leaving && node !== '')
  })
}
