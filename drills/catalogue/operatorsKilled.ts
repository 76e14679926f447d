import type { Kube } from '../../k8s/cluster/kube.ts'
import { forceDeletePod, type Pod, toPod } from '../../k8s/cluster/pods.ts'
import { waitFor } from '../../k8s/cluster/waitFor.ts'
import { type Drill, instant } from '../drill.ts'

const selectors = ['app.kubernetes.io/name=cloudnative-pg', 'name=strimzi-cluster-operator']
const budgetMs = 180_000

export const operatorsKilled: Drill = {
  name: 'operatorsKilled',
  title: 'The operators killed',
  hypothesis:
    'Operators are not in the way of any message: without them nothing is repaired, and nothing stops.',
  fault: 'the pods of the CloudNativePG and Strimzi operators deleted without grace',
  budget: { firstDeliveryMs: 2_000, firstEffectMs: 2_000, caughtUpMs: 5_000 },
  invariants: ['everyRequestAnswered'],
  missing: async ({ kube }) => {
    const pods = await operatorPods(kube)
    return pods.length > 0 ? undefined : 'no operator runs as a pod of this cluster'
  },
  inject: async ({ kube, print }) => {
    const pods = await operatorPods(kube)
    print(`operators: ${pods.map(({ name }) => name).join(', ')}`)
    const at = Date.now()
    for (const pod of pods) await forceDeletePod(kube, pod)
    await waitFor('the operators to be ready again', budgetMs, async () => {
      const now = await operatorPods(kube)
      const isNew = now.every(({ uid }) => !pods.some((pod) => pod.uid === uid))
      return now.length === pods.length && isNew && now.every(({ ready }) => ready)
    })
    return instant(at)
  },
}

async function operatorPods({ core }: Kube): Promise<Pod[]> {
  const lists = await Promise.all(
    selectors.map((labelSelector) => core.listPodForAllNamespaces({ labelSelector })),
  )
  return lists.flatMap(({ items }) => items.map(toPod))
}
