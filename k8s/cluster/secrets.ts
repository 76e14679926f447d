import type { V1SecretVolumeSource } from '@kubernetes/client-node'
import type { Kube } from './kube.ts'
import type { Release } from './release.ts'
import { podSpecOf } from './scale.ts'

/** The secret that a component's pods mount as this volume; undefined if they have no such volume. */
export async function mountedSecret(
  kube: Kube,
  release: Release,
  component: string,
  volume: string,
): Promise<V1SecretVolumeSource | undefined> {
  const { volumes = [] } = await podSpecOf(kube, release, component)
  return volumes.find(({ name }) => name === volume)?.secret
}

/** What a secret of the release's namespace holds, as text. */
export async function readSecret(
  kube: Kube,
  { namespace }: Pick<Release, 'namespace'>,
  name: string,
): Promise<Readonly<Partial<Record<string, string>>>> {
  const { data = {} } = await kube.core.readNamespacedSecret({ name, namespace })
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  )
}
