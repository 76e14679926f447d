import type { Kube } from './kube.ts'
import type { Release } from './release.ts'
import { podSpecOf } from './scale.ts'

/** A certificate, its private key, and the authority of all services, as PEM. */
export interface Certificate {
  readonly cert: string
  readonly key: string
  readonly ca: string
}

/** The certificate that a component presents; undefined if services require none. */
export async function readCertificate(
  kube: Kube,
  release: Release,
  component: string,
): Promise<Certificate | undefined> {
  const { volumes = [] } = await podSpecOf(kube, release, component)
  const name = volumes.find((volume) => volume.name === 'mtls')?.secret?.secretName
  if (name === undefined) return undefined
  const { data = {} } = await kube.core.readNamespacedSecret({ name, namespace: release.namespace })
  const read = (file: string) => Buffer.from(data[file] ?? '', 'base64').toString()
  return { cert: read('tls.crt'), key: read('tls.key'), ca: read('ca.crt') }
}
