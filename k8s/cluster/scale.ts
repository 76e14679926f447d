import type { V1PodSpec } from '@kubernetes/client-node'
import { type Kube, mergePatch } from './kube.ts'
import { waitForReady } from './pods.ts'
import { componentSelector, type Release, type Workload } from './release.ts'

const readyBudgetMs = 180_000

/** How many pods a component is meant to have. */
export async function replicasOf(kube: Kube, release: Release, component: string): Promise<number> {
  const { spec } = await readWorkload(kube, release, component)
  return spec?.replicas ?? 1
}

/** What a component's pods are made from. @throws Error when the release does not have it. */
export async function podSpecOf(kube: Kube, release: Release, component: string): Promise<V1PodSpec> {
  const { spec } = await readWorkload(kube, release, component)
  if (!spec?.template.spec) throw new Error(`${component} has no pod template.`)
  return spec.template.spec
}

/** Scales a component, as `kubectl scale` does, without waiting. */
export async function scale(
  kube: Kube,
  release: Release,
  component: string,
  replicas: number,
): Promise<void> {
  const { kind, name } = workloadOf(release, component)
  const request = { name, namespace: release.namespace, body: { spec: { replicas } } }
  if (kind === 'Deployment') await kube.apps.patchNamespacedDeploymentScale(request, mergePatch)
  else await kube.apps.patchNamespacedStatefulSetScale(request, mergePatch)
}

/** Waits until a component has the pods it is meant to have, all of them ready. */
export async function waitForComponent(kube: Kube, release: Release, component: string): Promise<void> {
  const selector = componentSelector(release, component)
  const count = () => replicasOf(kube, release, component)
  await waitForReady(kube, release.namespace, selector, count, readyBudgetMs)
}

/** @throws Error when the release does not have the component. */
export function workloadOf({ workloads }: Release, component: string): Workload {
  const workload = workloads[component]
  if (!workload) throw new Error(`The release has no ${component}.`)
  return workload
}

function readWorkload({ apps }: Kube, release: Release, component: string) {
  const { kind, name } = workloadOf(release, component)
  const request = { name, namespace: release.namespace }
  return kind === 'Deployment'
    ? apps.readNamespacedDeployment(request)
    : apps.readNamespacedStatefulSet(request)
}
