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

/** Pods of a namespace on a node that a drain would move: not those of daemon sets, nor finished ones. */
export async function podsToMove({ core }: Kube, namespace: string, node: string): Promise<Pod[]> {
  const { items } = await core.listNamespacedPod({ namespace, fieldSelector: `spec.nodeName=${node}` })
  return items
    .filter(
      ({ metadata }) =>
        !metadata?.ownerReferences?.some(({ kind }) => kind === 'DaemonSet' || kind === 'Job'),
    )
    .map(toPod)
}

/** Asks politely until the disruption budgets allow it, and waits until the pod is gone. */
export async function evict(kube: Kube, pod: Pod, budgetMs: number): Promise<void> {
  const { name, namespace, uid } = pod
  await waitFor(`${name} to be gone`, budgetMs, async () => {
    const [there] = (await listPods(kube, namespace, '')).filter((each) => each.uid === uid)
    if (!there) return true
    if (!there.leaving)
      await kube.core
        .createNamespacedPodEviction({ name, namespace, body: { metadata: { name, namespace } } })
        .catch(tooMany)
    return false
  })
}

/** 429: a budget does not allow it yet. */
function tooMany(error: unknown): void {
  if (statusOf(error) !== 429 && statusOf(error) !== 404) throw error
}
