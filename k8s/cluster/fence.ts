import { type Kube, mergePatch } from './kube.ts'
import type { Release } from './release.ts'

/** Has the operator stop Postgres in these instances and leave it so; in all others it runs. */
export async function fence({ custom }: Kube, release: Release, instances: string[]): Promise<void> {
  const { namespace, postgres } = release
  if (!postgres) throw new Error('The release has no Postgres of its own.')
  const fenced = instances.length > 0 ? JSON.stringify(instances) : null
  const request = { group: 'postgresql.cnpg.io', version: 'v1', plural: 'clusters', namespace }
  const body = { metadata: { annotations: { 'cnpg.io/fencedInstances': fenced } } }
  await custom.patchNamespacedCustomObject({ ...request, name: postgres.name, body }, mergePatch)
}
