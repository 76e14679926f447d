import { PatchStrategy, setHeaderOptions, type V1Deployment } from '@kubernetes/client-node'
import type { Kube } from './kube.ts'
import { orNoRoom } from './pods.ts'
import { componentSelector, type Release } from './release.ts'
import { workloadOf } from './scale.ts'
import { waitFor } from './waitFor.ts'

const strategicMergePatch = setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch)
const rolloutBudgetMs = 300_000

/**
 * Changes what the pods of a Deployment are made from, as `kubectl patch` does, and waits until it has rolled out.
 * @throws Error when that takes too long, and says so when there is no room for a new pod.
 */
export async function patchPods(
  kube: Kube,
  release: Release,
  component: string,
  spec: object,
): Promise<void> {
  const deployment = { name: workloadOf(release, component).name, namespace: release.namespace }
  const body = { spec: { template: { spec } } }
  await kube.apps.patchNamespacedDeployment({ ...deployment, body }, strategicMergePatch)
  await orNoRoom(kube, release.namespace, componentSelector(release, component), () =>
    waitFor(`the rollout of ${component}`, rolloutBudgetMs, async () =>
      isRolledOut(await kube.apps.readNamespacedDeployment(deployment)),
    ),
  )
}

/** As `kubectl rollout status` has it: every pod is of the newest template and available, and none is left of an older one. */
export function isRolledOut({ metadata, spec, status }: V1Deployment): boolean {
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0, observedGeneration = 0 } = status ?? {}
  const wanted = spec?.replicas ?? 1
  const isSeen = observedGeneration >= (metadata?.generation ?? 0)
  return isSeen && [replicas, updatedReplicas, availableReplicas].every((count) => count === wanted)
}
