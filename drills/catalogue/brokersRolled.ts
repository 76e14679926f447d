import { mergePatch } from '../../k8s/cluster/kube.ts'
import { listPods } from '../../k8s/cluster/pods.ts'
import { brokerSelector } from '../../k8s/cluster/release.ts'
import { waitFor } from '../../k8s/cluster/waitFor.ts'
import type { Drill } from '../drill.ts'
import { needsKafka } from './needs.ts'
import { readyPods } from './pick.ts'

/** Strimzi looks at the annotation when it next reconciles, every two minutes. */
const budgetMs = 900_000

export const brokersRolled: Drill = {
  name: 'brokersRolled',
  title: 'All Kafka brokers rolled, one after the other',
  hypothesis:
    'Strimzi restarts brokers one by one and waits for the replicas in between: with three, producing and consuming go on but for changes of leaders; with one, they wait for it. The API notices nothing.',
  fault: 'strimzi.io/manual-rolling-update on every broker',
  budget: { firstDeliveryMs: 30_000, firstEffectMs: 45_000, caughtUpMs: 60_000 },
  invariants: ['everyRequestAnswered'],
  missing: needsKafka,
  inject: async (context) => {
    const { kube, release } = context
    const { namespace } = release
    const selector = brokerSelector(release.kafka?.name ?? '')
    const old = await readyPods(context, selector)
    const beganAt = Date.now()
    const body = { metadata: { annotations: { 'strimzi.io/manual-rolling-update': 'true' } } }
    for (const { name } of old) await kube.core.patchNamespacedPod({ name, namespace, body }, mergePatch)
    await waitFor('every broker to be new and ready', budgetMs, async () => {
      const pods = await listPods(kube, namespace, selector)
      const replaced = pods.every(({ uid }) => !old.some((pod) => pod.uid === uid))
      return pods.length === old.length && replaced && pods.every(({ ready }) => ready)
    })
    return { beganAt, endedAt: Date.now() }
  },
}
