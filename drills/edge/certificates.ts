import { issueCertificate, serviceNames } from '../../k8s/certificates.ts'
import { mergePatch } from '../../k8s/cluster/kube.ts'
import { listPods } from '../../k8s/cluster/pods.ts'
import { componentSelector } from '../../k8s/cluster/release.ts'
import { podSpecOf } from '../../k8s/cluster/scale.ts'
import { readSecret } from '../../k8s/cluster/secrets.ts'
import { waitFor } from '../../k8s/cluster/waitFor.ts'
import type { DrillContext } from '../drill.ts'

type Surroundings = Pick<DrillContext, 'kube' | 'release'>

const certificates = { group: 'cert-manager.io', version: 'v1', plural: 'certificates' }
const renewBudgetMs = 120_000
/** The kubelet hands a changed secret on within a minute or two. */
const useBudgetMs = 300_000
const days = 90

/** Has every certificate of the release recreated, by cert-manager or, of a given secret, by its authority. */
export async function renewCertificates(context: Surroundings, secrets: readonly string[]): Promise<void> {
  for (const secret of secrets) {
    const current = async () => (await readSecret(context.kube, context.release, secret))['tls.crt']
    const before = await current()
    if (!(await renewByManager(context, secret))) await renewByAuthority(context, secret)
    await waitFor(`a new certificate in ${secret}`, renewBudgetMs, async () => {
      return (await current()) !== before
    })
  }
}

/** What `cmctl renew` does. @returns false where no cert-manager keeps this secret. */
async function renewByManager({ kube, release }: Surroundings, secret: string): Promise<boolean> {
  // The chart names both alike.
  const query = { ...certificates, namespace: release.namespace, name: secret }
  const found = await kube.custom.getNamespacedCustomObject(query).catch(() => undefined)
  if (found === undefined) return false
  const body = { status: { conditions: withIssuing(conditionsOf(found)) } }
  await kube.custom.patchNamespacedCustomObjectStatus({ ...query, body }, mergePatch)
  return true
}

interface Condition {
  readonly type: string
}

function conditionsOf(resource: unknown): readonly Condition[] {
  return (resource as { status?: { conditions?: readonly Condition[] } }).status?.conditions ?? []
}

/** A list is patched as a whole: the other conditions stay. */
export function withIssuing(conditions: readonly Condition[], now = new Date()): readonly object[] {
  const issuing = {
    type: 'Issuing',
    status: 'True',
    reason: 'ManuallyTriggered',
    message: 'A drill has this certificate made anew.',
    lastTransitionTime: now.toISOString(),
  }
  return [...conditions.filter(({ type }) => type !== 'Issuing'), issuing]
}

/** By the authority whose key is in `<secret>-ca`, as `npm run k8s:certificates` leaves it. */
async function renewByAuthority({ kube, release }: Surroundings, secret: string): Promise<void> {
  const { name, namespace } = release
  const authority = await readSecret(kube, release, `${secret}-ca`)
  const pair = { cert: authority['tls.crt'] ?? '', key: authority['tls.key'] ?? '' }
  const { cert, key } = await issueCertificate(pair, serviceNames(name, namespace), days)
  const data = { 'tls.crt': encode(cert), 'tls.key': encode(key) }
  await kube.core.patchNamespacedSecret({ name: secret, namespace, body: { data } }, mergePatch)
}

const encode = (text: string) => Buffer.from(text).toString('base64')

/** When the certificates that a component's pods use expire, as they tell in their metrics. */
export async function readExpiries({ kube, release }: Surroundings, component: string): Promise<number[]> {
  const { namespace } = release
  const { containers } = await podSpecOf(kube, release, component)
  const ports = containers[0]?.ports ?? []
  const { containerPort: port } = ports.find(({ name }) => name === 'probe') ?? ports[0] ?? {}
  const pods = await listPods(kube, namespace, componentSelector(release, component))
  return Promise.all(
    pods.map(async (pod) => {
      const path = { namespace, name: `${pod.name}:${port}`, path: 'metrics' }
      return expiryIn(await kube.core.connectGetNamespacedPodProxyWithPath(path))
    }),
  )
}

export function expiryIn(metrics: string): number {
  return Number(/^relevo_tls_certificate_expiry_seconds\{certificate="own"\} (\d+)/m.exec(metrics)?.[1] ?? 0)
}

/** Waits until every pod of the components uses a certificate that expires later than those before. */
export async function untilUsed(
  context: Surroundings,
  before: Readonly<Record<string, number>>,
): Promise<void> {
  for (const [component, expiry] of Object.entries(before))
    await waitFor(`the new certificate in every pod of ${component}`, useBudgetMs, async () => {
      const expiries = await readExpiries(context, component)
      return expiries.length > 0 && expiries.every((each) => each > expiry)
    })
}
