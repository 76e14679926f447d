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
  choice: ReleaseChoice & { baseUrl?: string | undefined },
): Promise<LoadTarget> {
  const kube = await connectKube()
  const release = await findRelease(kube, choice)
  const urls: Record<string, string> = {}
  for (const { name } of systems[system].services) urls[name] = await serviceUrl(kube, release, name)
  return {
    baseUrl: choice.baseUrl ?? urls[systems[system].entry.service] ?? '',
    urls,
    scrape: await podTargets(kube, release, system),
    operatorToken: await readOperatorToken(kube, release, systems[system].entry.service),
  }
}

async function serviceUrl(kube: Kube, release: Release, service: string): Promise<string> {
  const { name } = workloadOf(release, service)
  const { spec } = await kube.core.readNamespacedService({ namespace: release.namespace, name })
  return `http://${spec?.clusterIP}:${spec?.ports?.[0]?.port}`
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
