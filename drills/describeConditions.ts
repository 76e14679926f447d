import { cpus, totalmem } from 'node:os'
import type { Kube } from '../k8s/cluster/kube.ts'
import type { Release } from '../k8s/cluster/release.ts'
import { replicasOf } from '../k8s/cluster/scale.ts'

/** What the measurements depend on, as a Markdown list. */
export async function describeConditions(kube: Kube, release: Release): Promise<string> {
  const { items } = await kube.core.listNode()
  const nodes = items.map(
    ({ status }) => `${status?.capacity?.cpu} cores, Kubernetes ${status?.nodeInfo?.kubeletVersion}`,
  )
  const components = Object.keys(release.workloads)
  const pods = await Promise.all(
    components.map(async (component) => `${component} ${await replicasOf(kube, release, component)}`),
  )
  return [
    `- Nodes: ${nodes.length} (${[...new Set(nodes)].join('; ')}); drills from a machine with ${cpus().length} cores and ${Math.round(totalmem() / 2 ** 30)} GiB.`,
    `- Kafka brokers: ${release.kafka?.nodes ?? 'not of the release'}; Postgres instances: ${release.postgres?.instances ?? 'not of the release'}; pods: ${pods.join(', ')}.`,
  ].join('\n')
}
