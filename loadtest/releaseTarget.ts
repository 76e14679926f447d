import { readCertificate } from '../k8s/cluster/certificate.ts'
import { connectKube, type Kube } from '../k8s/cluster/kube.ts'
import { readOperatorToken } from '../k8s/cluster/operatorToken.ts'
import { listPods } from '../k8s/cluster/pods.ts'
import { componentSelector, findRelease, type Release, type ReleaseChoice } from '../k8s/cluster/release.ts'
import { workloadOf } from '../k8s/cluster/scale.ts'
import { type SystemName, systems } from '../systems/index.ts'
import { partsOf } from '../systems/parts.ts'
import type { LoadTarget } from './loadTarget.ts'
import type { ScrapeTarget } from './metrics/scrape.ts'

/**
 * Where the load for a system of a release goes: BASE_URL, or the address of its Service, which only answers where the cluster's
 * addresses are reachable. Metrics come through the API server, from every pod of the system.
 */
export async function releaseTarget(
  system: SystemName,
  choice: ReleaseChoice & { baseUrl?: string | undefined; throughGateway?: boolean },
): Promise<LoadTarget> {
  const kube = await connectKube()
  const release = await findRelease(kube, choice)
  const entry = systems[system].entry.service
  const urls: Record<string, string> = {}
  const addresses: Record<string, string> = {}
  const names = systems[system].services.map(({ name }) => name)
  for (const name of new Set(choice.throughGateway ? [...names, 'gateway'] : names)) {
    const { url, host, address } = await placeOf(kube, release, name)
    urls[name] = url
    addresses[host] = address
  }
  const certificate = await readCertificate(kube, release, entry)
  return {
    baseUrl: choice.baseUrl ?? urls[entry] ?? '',
    urls,
    scrape: await podTargets(kube, release, system),
    operatorToken: await readOperatorToken(kube, release, entry),
    tls: certificate && { ...certificate, addresses },
  }
}

/** The URL has the Service's address, or its name if the service has a certificate, which contains that name. */
async function placeOf(
  kube: Kube,
  release: Release,
  service: string,
): Promise<{ readonly url: string; readonly host: string; readonly address: string }> {
  const { name: host } = workloadOf(release, service)
  const { spec } = await kube.core.readNamespacedService({ namespace: release.namespace, name: host })
  const { port, appProtocol } = spec?.ports?.[0] ?? {}
  const address = spec?.clusterIP ?? ''
  const isMutual = appProtocol === 'https'
  return { url: isMutual ? `https://${host}:${port}` : `http://${address}:${port}`, host, address }
}

async function podTargets(kube: Kube, release: Release, system: SystemName): Promise<ScrapeTarget[]> {
  const { namespace } = release
  const targets: ScrapeTarget[] = []
  for (const part of partsOf(systems[system]))
    for (const { name } of await listPods(kube, namespace, componentSelector(release, part.name)))
      targets.push({ name, read: () => readMetrics(kube, namespace, name) })
  return targets
}

async function readMetrics(kube: Kube, namespace: string, pod: string): Promise<string> {
  const { spec } = await kube.core.readNamespacedPod({ namespace, name: pod })
  const ports = spec?.containers[0]?.ports ?? []
  const { containerPort: port } = ports.find(({ name }) => name === 'probe') ?? ports[0] ?? {}
  return kube.core.connectGetNamespacedPodProxyWithPath({
    namespace,
    name: `${pod}:${port}`,
    path: 'metrics',
  })
}
