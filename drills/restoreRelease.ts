import { replicasOf, scale } from './cluster/scale.ts'
import type { DrillContext } from './drill.ts'

/** How many pods each component is meant to have. */
export async function replicasOfAll({
  kube,
  release,
}: Pick<DrillContext, 'kube' | 'release'>): Promise<Record<string, number>> {
  const components = Object.keys(release.deployments)
  const counts = await Promise.all(components.map((component) => replicasOf(kube, release, component)))
  return Object.fromEntries(components.map((component, n) => [component, counts[n] ?? 1]))
}

/** Scales back whatever was scaled, without waiting. */
export async function restoreReplicas(
  { kube, release }: DrillContext,
  replicas: Readonly<Record<string, number>>,
): Promise<void> {
  for (const [component, count] of Object.entries(replicas))
    if ((await replicasOf(kube, release, component)) !== count) await scale(kube, release, component, count)
}
