import type { V1ObjectMeta } from '@kubernetes/client-node'
import { CommandError } from '../../scripts/commandLine.ts'
import type { Kube } from './kube.ts'

/** What of an installed release the drills work on. */
export interface Release {
  name: string
  namespace: string
  /** What runs the pods, by component: messages, message-processor, relay-messages … */
  workloads: Readonly<Record<string, Workload>>
  /** The Kafka resource of Strimzi, when the release has one, and its nodes. */
  kafka?: { name: string; nodes: number }
  /** The Cluster resource of CloudNativePG, when the release has one, and its instances. */
  postgres?: { name: string; instances: number }
}

export interface Workload {
  kind: 'Deployment' | 'StatefulSet'
  name: string
}

export interface ReleaseChoice {
  namespace?: string | undefined
  release?: string | undefined
}

const instanceLabel = 'app.kubernetes.io/instance'
const componentLabel = 'app.kubernetes.io/component'

/** Finds the one release that is meant. @throws Error that says which there are. */
export async function findRelease(kube: Kube, choice: ReleaseChoice = {}): Promise<Release> {
  const found = await listWorkloads(kube, choice.namespace)
  const { name, namespace, workloads } = chooseRelease(found, choice)
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
    workloads,
    ...(kafka && { kafka: { name: kafka.metadata.name, nodes } }),
    ...(postgres && { postgres: { name: postgres.metadata.name, instances: postgres.spec.instances ?? 1 } }),
  }
}

/** A workload as it was found. */
export interface FoundWorkload {
  kind: Workload['kind']
  metadata?: V1ObjectMeta
}

async function listWorkloads({ apps }: Kube, namespace: string | undefined): Promise<FoundWorkload[]> {
  const query = { labelSelector: 'app.kubernetes.io/part-of=relevo' }
  const [deployments, statefulSets] = await Promise.all(
    namespace
      ? [
          apps.listNamespacedDeployment({ ...query, namespace }),
          apps.listNamespacedStatefulSet({ ...query, namespace }),
        ]
      : [apps.listDeploymentForAllNamespaces(query), apps.listStatefulSetForAllNamespaces(query)],
  )
  return [
    ...deployments.items.map(({ metadata }) => toFound('Deployment', metadata)),
    ...statefulSets.items.map(({ metadata }) => toFound('StatefulSet', metadata)),
  ]
}

function toFound(kind: Workload['kind'], metadata: V1ObjectMeta | undefined): FoundWorkload {
  return { kind, ...(metadata && { metadata }) }
}

/** Picks the release among the workloads found. @throws Error when there is none or more than one. */
export function chooseRelease(
  workloads: readonly FoundWorkload[],
  choice: ReleaseChoice,
): Pick<Release, 'name' | 'namespace' | 'workloads'> {
  const found = new Map<string, { name: string; namespace: string; workloads: Record<string, Workload> }>()
  for (const { kind, metadata } of workloads) {
    const name = metadata?.labels?.[instanceLabel] ?? ''
    const namespace = metadata?.namespace ?? ''
    const component = metadata?.labels?.[componentLabel]
    if (!component || (choice.release && name !== choice.release)) continue
    const release = found.get(`${namespace}/${name}`) ?? { name, namespace, workloads: {} }
    release.workloads[component] = { kind, name: metadata?.name ?? '' }
    found.set(`${namespace}/${name}`, release)
  }
  const [first, ...others] = found.values()
  if (!first)
    throw new CommandError(
      'cannotRun',
      'No release of the chart relevo is installed there. First: npm run k8s:install',
    )
  if (others.length === 0) return first
  throw new CommandError(
    'cannotRun',
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
