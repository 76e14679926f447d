import { setTimeout as delay } from 'node:timers/promises'
import { openKiller } from '../../k8s/cluster/killer.ts'
import { forceDeletePod, listPods, waitForReady } from '../../k8s/cluster/pods.ts'
import { brokerSelector } from '../../k8s/cluster/release.ts'
import type { Drill } from '../drill.ts'
import { needsKafka } from './needs.ts'
import { readyPods } from './pick.ts'

const downMs = 60_000
const startBudgetMs = 300_000

export const brokersDown: Drill = {
  name: 'brokersDown',
  title: 'All Kafka brokers down for 60 s',
  hypothesis:
    'Without Kafka the API answers every request 2xx (estado P or X) and records it. When the brokers are back, the relay drains what has gathered.',
  fault:
    'SIGKILL to every broker; for 60 s each pod of theirs is deleted as soon as it is there. Recovery counts from all brokers being ready again',
  budget: { firstDeliveryMs: 10_000, firstEffectMs: 45_000, caughtUpMs: 60_000 },
  invariants: ['everyRequestAnswered'],
  missing: needsKafka,
  inject: async (context) => {
    const { kube, release } = context
    const { namespace } = release
    const selector = brokerSelector(release.kafka?.name ?? '')
    const brokers = await readyPods(context, selector)
    const beganAt = Date.now()
    for (const pod of brokers) {
      const killer = await openKiller(kube, release, pod.node)
      await killer.kill(pod).finally(killer.close)
      await forceDeletePod(kube, pod)
    }
    while (Date.now() < beganAt + downMs) {
      for (const pod of await listPods(kube, namespace, selector)) await forceDeletePod(kube, pod)
      await delay(500)
    }
    await waitForReady(kube, namespace, selector, () => brokers.length, startBudgetMs)
    return { beganAt, endedAt: Date.now() }
  },
}
