import type { V1Deployment } from '@kubernetes/client-node'
import type { Kube } from './kube.ts'

/** What of an installed release the drills work on. */
export interface Release {
  name: string
  namespace: string
  /** Names of the deployments by component: messages, message-processor, relay … */
  deployments: Readonly<Record<string, string>>
  /** The Kafka resource of Strimzi, when the release has one, and its nodes. */
  kafka?: { name: string; nodes: number }
  /** The Cluster resource of CloudNativePG, when the release has one, and its instances. */
  postgres?: { name: string; instances: number }
}

export interface ReleaseChoice {
  namespace?: string | undefined
  release?: string | undefined
}

const instanceLabel = 'app.kubernetes.io/instance'
const componentLabel = 'app.kubernetes.io/component'

/** Finds the one release that is meant. @throws Error that says which there are. */
export async function findRelease(kube: Kube, choice: ReleaseChoice = {}): Promise<Release> {
  const labelSelector = 'app.kubernetes.io/part-of=relevo'
  const { items } = choice.namespace
    ? await kube.apps.listNamespacedDeployment({ namespace: choice.namespace, labelSelector })
    : await kube.apps.listDeploymentForAllNamespaces({ labelSelector })
  const { name, namespace, deployments } = chooseRelease(items, choice)
  const labels = `${instanceLabel}=${name}`
  const strimzi = { namespace, group: 'kafka.strimzi.io', version: 'v1' }
  const [kafka] = await listCustom(kube, { ...strimzi, plural: 'kafkas', labelSelector: labels })
  const pools = await listCustom(kube, { ...strimzi, plural: 'kafkanodepools', labelSelector: labels })
  const nodes = pools.reduce((sum, { spec }) => sum + (spec.replicas ?? 0), 0)
  const cloudNative = { namespace, group: 'postgresql.cnpg.io', version: 'v1', plural: 'clusters' }
  const [postgres] = await listCustom(kube, { ...cloudNative, labelSelector: labels })
  return {
    name,
    namespace,
    deployments,
    ...(kafka && { kafka: { name: kafka.metadata.name, nodes } }),
    ...(postgres && { postgres: { name: postgres.metadata.name, instances: postgres.spec.instances ?? 1 } }),
  }
}

/** Picks the release among the deployments found. @throws Error when there is none or more than one. */
export function chooseRelease(
  deployments: readonly V1Deployment[],
  choice: ReleaseChoice,
): Pick<Release, 'name' | 'namespace' | 'deployments'> {
  const found = new Map<string, { name: string; namespace: string; deployments: Record<string, string> }>()
  for (const { metadata } of deployments) {
    const name = metadata?.labels?.[instanceLabel] ?? ''
    const namespace = metadata?.namespace ?? ''
    const component = metadata?.labels?.[componentLabel]
    if (!component || (choice.release && name !== choice.release)) continue
    const release = found.get(`${namespace}/${name}`) ?? { name, namespace, deployments: {} }
    release.deployments[component] = metadata?.name ?? ''
    found.set(`${namespace}/${name}`, release)
  }
  const [first, ...others] = found.values()
  if (!first) throw new Error('No release of the chart relevo is installed there. First: npm run k8s:install')
  if (others.length === 0) return first
  throw new Error(
    `There is more than one release: ${[...found.keys()].join(', ')}. Choose with --namespace and --release.`,
  )
}

interface CustomResource {
  metadata: { name: string }
  spec: { instances?: number; replicas?: number }
}

type CustomQuery = Parameters<Kube['custom']['listNamespacedCustomObject']>[0]

async function listCustom({ custom }: Kube, query: CustomQuery): Promise<CustomResource[]> {
  const list: { items: CustomResource[] } = await custom
    .listNamespacedCustomObject(query)
    .catch(() => ({ items: [] })) // the kind is not there: then neither is one of it
  return list.items
}

export function componentSelector({ name }: Release, component: string): string {
  return `${instanceLabel}=${name},${componentLabel}=${component}`
}

export function brokerSelector(kafka: string): string {
  return `strimzi.io/cluster=${kafka},strimzi.io/broker-role=true`
}

export function postgresSelector(cluster: string, role?: 'primary' | 'replica'): string {
  return `cnpg.io/cluster=${cluster},cnpg.io/podRole=instance${role ? `,cnpg.io/instanceRole=${role}` : ''}`
}
