import type { V1Pod } from '@kubernetes/client-node'
import { type Kube, statusOf } from './kube.ts'
import { listPods, type Pod, toPod } from './pods.ts'
import { waitFor } from './waitFor.ts'

/** Names of the nodes that take pods. */
export async function schedulableNodes({ core }: Kube): Promise<string[]> {
  const { items } = await core.listNode()
  return items
    .filter(
      ({ spec }) =>
        !spec?.unschedulable && !spec?.taints?.some(({ effect }) => effect !== 'PreferNoSchedule'),
    )
    .map(({ metadata }) => metadata?.name ?? '')
}

/** Pods of a namespace on a node that `kubectl drain` would move: those that a controller recreates elsewhere. */
export async function podsToMove({ core }: Kube, namespace: string, node: string): Promise<Pod[]> {
  const { items } = await core.listNamespacedPod({ namespace, fieldSelector: `spec.nodeName=${node}` })
  return items.filter(isMadeAnew).map(toPod)
}

function isMadeAnew({ metadata }: V1Pod): boolean {
  const owner = metadata?.ownerReferences?.find(({ controller }) => controller)
  return owner !== undefined && owner.kind !== 'DaemonSet' && owner.kind !== 'Job'
}

/**
 * Evicts pods of a namespace all at once, as `kubectl drain` does; those that a disruption budget keeps, again and again.
 * @returns those that are still there after `budgetMs`.
 */
export async function drain(
  kube: Kube,
  namespace: string,
  pods: readonly Pod[],
  budgetMs: number,
): Promise<Pod[]> {
  let left: Pod[] = []
  try {
    await waitFor('pods to be gone', budgetMs, async () => {
      const there = await listPods(kube, namespace, '')
      left = there.filter(({ uid }) => pods.some((pod) => pod.uid === uid))
      for (const pod of left) if (!pod.leaving) await evict(kube, pod)
      return left.length === 0
    })
    return []
  } catch (error) {
    if (left.length === 0 || (error as Error).cause !== undefined) throw error
    return left
  }
}

async function evict({ core }: Kube, { name, namespace }: Pod): Promise<void> {
  await core
    .createNamespacedPodEviction({ name, namespace, body: { metadata: { name, namespace } } })
    .catch(notYetOrGone)
}

/** 429: a budget does not allow it yet. */
function notYetOrGone(error: unknown): void {
  if (statusOf(error) !== 429 && statusOf(error) !== 404) throw error
}
