import type { Kube } from './kube.ts'
import type { Release } from './release.ts'
import { podSpecOf } from './scale.ts'

/** The token of operators that a component is started with; undefined when it has none. */
export async function readOperatorToken(
  kube: Kube,
  release: Release,
  component: string,
): Promise<string | undefined> {
  const { volumes = [] } = await podSpecOf(kube, release, component)
  const { secretName: name, items = [] } = volumes.find((volume) => volume.name === 'operator')?.secret ?? {}
  if (name === undefined) return undefined
  const { data = {} } = await kube.core.readNamespacedSecret({ name, namespace: release.namespace })
  const value = data[items[0]?.key ?? 'token']
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString()
}
