import type { V1EnvVar } from '@kubernetes/client-node'
import type { Kube } from './kube.ts'
import type { Release } from './release.ts'
import { patchPods } from './rollout.ts'
import { podSpecOf } from './scale.ts'

/** The variables that a component gives its pods itself, besides those of its ConfigMap. */
export async function readVariables(kube: Kube, release: Release, component: string): Promise<V1EnvVar[]> {
  const { containers } = await podSpecOf(kube, release, component)
  return containers[0]?.env ?? []
}

/**
 * Gives the pods of a Deployment variables, as `kubectl set env` does, and waits until it has rolled out; undefined takes a
 * variable away.
 */
export async function setVariables(
  kube: Kube,
  release: Release,
  component: string,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const { containers } = await podSpecOf(kube, release, component)
  const env = Object.entries(variables).map(([name, value]) =>
    value === undefined ? { name, $patch: 'delete' } : { name, value },
  )
  await patchPods(kube, release, component, { containers: [{ name: containers[0]?.name, env }] })
}
