import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { allSystems } from '../systems/index.ts'
import { partsOf } from '../systems/parts.ts'
import { run } from './shell.ts'
import { requireCluster, requireTools } from './tools.ts'

const openssl = promisify(execFile)

/** A certificate and its private key, as PEM. */
export interface KeyPair {
  readonly cert: string
  readonly key: string
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

/** An authority that signs certificates of one release. Errors: those of openssl. */
export function createAuthority(name: string): Promise<KeyPair> {
  return inFolder((folder) => request(folder, ['-subj', `/CN=${name}`, '-days', '3650']))
}

/** A certificate for servers and clients, of these DNS names. Errors: those of openssl. */
export function issueCertificate(
  authority: KeyPair,
  names: readonly string[],
  days: number,
): Promise<KeyPair> {
  return inFolder(async (folder) => {
    const [cert, key] = [join(folder, 'ca.crt'), join(folder, 'ca.key')]
    await Promise.all([writeFile(cert, authority.cert), writeFile(key, authority.key, { mode: 0o600 })])
    const extensions = [
      `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`,
      'basicConstraints=critical,CA:FALSE',
      'extendedKeyUsage=serverAuth,clientAuth',
    ]
    const signed = ['-CA', cert, '-CAkey', key, '-subj', '/CN=relevo', '-days', String(days)]
    return request(folder, [...signed, ...extensions.flatMap((text) => ['-addext', text])])
  })
}

async function request(folder: string, args: readonly string[]): Promise<KeyPair> {
  const [cert, key] = [join(folder, 'own.crt'), join(folder, 'own.key')]
  await openssl('openssl', ['req', '-x509', ...newKey, '-keyout', key, '-out', cert, ...args])
  return { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') }
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'relevo-certificates-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The names of all Services of a release, as pods of its namespace and of others ask for them. */
export function serviceNames(release: string, namespace: string): string[] {
  const parts = new Set(allSystems.flatMap((system) => partsOf(system).map(({ name }) => name)))
  return [...parts].flatMap((name) => [`${release}-${name}`, `${release}-${name}.${namespace}`])
}

const days = 90

/** The secrets of `mtls.existingSecret`, `<release>-mtls`, and of its authority, `<release>-mtls-ca`. */
export async function mtlsSecrets(release: string, namespace: string): Promise<object[]> {
  const authority = await createAuthority(`${release}-mtls`)
  const own = await issueCertificate(authority, serviceNames(release, namespace), days)
  return [
    secret(`${release}-mtls`, own, authority.cert),
    secret(`${release}-mtls-ca`, authority, authority.cert),
  ]
}

function secret(name: string, { cert, key }: KeyPair, ca: string): object {
  const stringData = { 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca }
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, type: 'kubernetes.io/tls', stringData }
}

/** Creates certificates for a cluster without cert-manager, and says how to pass them to the chart. */
export async function makeCertificates({
  release,
  namespace,
}: {
  release: string
  namespace: string
}): Promise<void> {
  await requireTools('kubectl')
  await requireCluster()
  const list = { apiVersion: 'v1', kind: 'List', items: await mtlsSecrets(release, namespace) }
  const apply = ['apply', '--server-side', '--force-conflicts', `--namespace=${namespace}`, '--filename=-']
  await run('kubectl', apply, { input: JSON.stringify(list) })
  console.log(`Now: npm run k8s:install -- --set mtls.enabled=true --set mtls.existingSecret=${release}-mtls`)
}
