import { type Kube, mergePatch } from './kube.ts'
import { waitForReady } from './pods.ts'
import { componentSelector, type Release } from './release.ts'

const readyBudgetMs = 180_000

/** How many pods a component is meant to have. */
export async function replicasOf(kube: Kube, release: Release, component: string): Promise<number> {
  const { spec } = await kube.apps.readNamespacedDeployment(deploymentOf(release, component))
  return spec?.replicas ?? 1
}

/** Scales a component, as `kubectl scale` does, without waiting. */
export async function scale(
  kube: Kube,
  release: Release,
  component: string,
  replicas: number,
): Promise<void> {
  const body = { spec: { replicas } }
  await kube.apps.patchNamespacedDeploymentScale({ ...deploymentOf(release, component), body }, mergePatch)
}

/** Waits until a component has the pods it is meant to have, all of them ready. */
export async function waitForComponent(kube: Kube, release: Release, component: string): Promise<void> {
  const replicas = await replicasOf(kube, release, component)
  const selector = componentSelector(release, component)
  await waitForReady(kube, release.namespace, selector, replicas, readyBudgetMs)
}

export function deploymentOf(
  { namespace, deployments }: Release,
  component: string,
): { name: string; namespace: string } {
  const name = deployments[component]
  if (!name) throw new Error(`The release has no ${component}.`)
  return { name, namespace }
}
