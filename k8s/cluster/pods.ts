import type { V1Pod } from '@kubernetes/client-node'
import { ignoreMissing, type Kube } from './kube.ts'
import { waitFor } from './waitFor.ts'

/** A pod with what is asked of it here. */
export interface Pod {
  name: string
  uid: string
  namespace: string
  node: string
  ready: boolean
  /** Its deletion has been asked for. */
  leaving: boolean
  restarts: number
  /** Why no node takes it, if none does. */
  unschedulable?: string
}

export async function listPods(kube: Kube, namespace: string, labelSelector: string): Promise<Pod[]> {
  const { items } = await kube.core.listNamespacedPod({ namespace, labelSelector })
  return items.map(toPod)
}

export function toPod({ metadata, spec, status }: V1Pod): Pod {
  const conditions = status?.conditions ?? []
  const unscheduled = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False')
  return {
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    namespace: metadata?.namespace ?? '',
    node: spec?.nodeName ?? '',
    ready: conditions.some(({ type, status }) => type === 'Ready' && status === 'True'),
    leaving: metadata?.deletionTimestamp !== undefined,
    restarts: (status?.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0),
    ...(unscheduled?.message && { unschedulable: unscheduled.message }),
  }
}

/**
 * Waits until there are exactly `count` pods, all of them ready and none of them leaving. It asks for the number each
 * time, since an autoscaler may change it meanwhile.
 * @throws Error when that takes too long, and says so when there is no room for them.
 */
export async function waitForReady(
  kube: Kube,
  namespace: string,
  selector: string,
  count: () => number | Promise<number>,
  budgetMs: number,
): Promise<Pod[]> {
  return await orNoRoom(kube, namespace, selector, () =>
    waitFor(`all pods of ${selector} to be ready`, budgetMs, async () => {
      const pods = await listPods(kube, namespace, selector)
      return pods.length === (await count()) && pods.every(({ ready, leaving }) => ready && !leaving) && pods
    }),
  )
}

/** Adds to the error of a wait for pods why no node takes one, if that is so. */
export async function orNoRoom<T>(
  kube: Kube,
  namespace: string,
  selector: string,
  wait: () => Promise<T>,
): Promise<T> {
  try {
    return await wait()
  } catch (cause) {
    const pods = await listPods(kube, namespace, selector).catch(() => [])
    const why = pods.find(({ unschedulable }) => unschedulable)?.unschedulable
    if (why === undefined) throw cause
    throw new Error(`${(cause as Error).message} There is no room: ${why}`, { cause })
  }
}

/** Deletes a pod as `kubectl delete pod` does: SIGTERM, and its grace period. */
export async function deletePod(kube: Kube, { name, namespace }: Pod): Promise<void> {
  await kube.core.deleteNamespacedPod({ name, namespace }).catch(ignoreMissing)
}

/** Deletes a pod without any grace: it is gone for the cluster at once, and its processes within a second or two. */
export async function forceDeletePod(kube: Kube, { name, namespace }: Pod): Promise<void> {
  await kube.core.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 0 }).catch(ignoreMissing)
}
