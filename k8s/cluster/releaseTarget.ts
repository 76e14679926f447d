import { systemComponents } from '../../drills/systems.ts'
import type { LoadTarget } from '../../loadtest/loadTarget.ts'
import type { ScrapeTarget } from '../../loadtest/metrics/scrape.ts'
import type { SystemName } from '../../proof/systems.ts'
import { connectKube, type Kube } from './kube.ts'
import { listPods } from './pods.ts'
import { componentSelector, findRelease, type Release, type ReleaseChoice } from './release.ts'
import { workloadOf } from './scale.ts'

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
  return {
    baseUrl: choice.baseUrl ?? (await serviceUrl(kube, release, system)),
    scrape: await podTargets(kube, release, system),
  }
}

async function serviceUrl(kube: Kube, release: Release, system: SystemName): Promise<string> {
  const { name } = workloadOf(release, systemComponents[system].api)
  const { spec } = await kube.core.readNamespacedService({ namespace: release.namespace, name })
  return `http://${spec?.clusterIP}:${spec?.ports?.[0]?.port}`
}

async function podTargets(kube: Kube, release: Release, system: SystemName): Promise<ScrapeTarget[]> {
  const { namespace } = release
  const targets: ScrapeTarget[] = []
  for (const component of Object.values<string>({ ...systemComponents[system] }))
    for (const { name } of await listPods(kube, namespace, componentSelector(release, component)))
      targets.push({ name, read: () => readMetrics(kube, namespace, name) })
  return targets
}

async function readMetrics(kube: Kube, namespace: string, pod: string): Promise<string> {
  const { spec } = await kube.core.readNamespacedPod({ namespace, name: pod })
  const port = spec?.containers[0]?.ports?.[0]?.containerPort
  return kube.core.connectGetNamespacedPodProxyWithPath({
    namespace,
    name: `${pod}:${port}`,
    path: 'metrics',
  })
}
