import type { KeyPair } from '../certificates.ts'
import type { Kube } from './kube.ts'
import type { Release } from './release.ts'
import { mountedSecret, readSecret } from './secrets.ts'

/** A certificate, its private key, and the authority of all services, as PEM. */
export interface Certificate extends KeyPair {
  readonly ca: string
}

/** The name of the secret with a component's certificate; undefined if services require none. */
export async function certificateSecretOf(
  kube: Kube,
  release: Release,
  component: string,
): Promise<string | undefined> {
  return (await mountedSecret(kube, release, component, 'mtls'))?.secretName
}

/** The certificate that a component presents; undefined if services require none. */
export async function readCertificate(
  kube: Kube,
  release: Release,
  component: string,
): Promise<Certificate | undefined> {
  const name = await certificateSecretOf(kube, release, component)
  if (name === undefined) return undefined
  const {
    'tls.crt': cert = '',
    'tls.key': key = '',
    'ca.crt': ca = '',
  } = await readSecret(kube, release, name)
  return { cert, key, ca }
}
