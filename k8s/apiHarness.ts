// A Kubernetes API for helm's `lookup`: it serves resources that a test gives it, and takes nothing.
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

interface LiveResource {
  apiVersion: string
  kind: string
  metadata: { name: string; annotations?: Record<string, string> }
  spec?: Record<string, unknown>
  data?: Record<string, string>
}

/** The kinds that the chart makes, which helm asks for, by their version. */
const kindsByVersion: Readonly<Record<string, readonly string[]>> = {
  v1: ['Secret', 'ConfigMap', 'Service', 'ServiceAccount', 'Pod'],
  'apps/v1': ['Deployment', 'StatefulSet'],
  'autoscaling/v2': ['HorizontalPodAutoscaler'],
  'batch/v1': ['Job'],
  'networking.k8s.io/v1': ['NetworkPolicy', 'Ingress'],
  'policy/v1': ['PodDisruptionBudget'],
  'scheduling.k8s.io/v1': ['PriorityClass'],
  'kafka.strimzi.io/v1': ['Kafka', 'KafkaNodePool', 'KafkaTopic', 'KafkaUser'],
  'postgresql.cnpg.io/v1': ['Cluster', 'Database', 'DatabaseRole', 'ScheduledBackup'],
}

/** Those of them that are in no namespace. */
const clusterKinds = ['PriorityClass']

const namespace = 'relevo'

/** Serves the resources in namespace relevo. @returns arguments with which `helm template` looks them up. */
export async function serveResources(t: TestContext, resources: readonly LiveResource[]): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'relevo-api-'))
  const answers = new Map(Object.entries(toAnswers(resources)))
  const server = createServer(({ url = '/' }, response) => {
    const answer = answers.get(url.replace(/\?.*/, ''))
    response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify(answer ?? { kind: 'Status', apiVersion: 'v1', reason: 'NotFound', code: 404 }),
    )
  })
  t.after(async () => {
    server.close()
    await rm(directory, { recursive: true })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const kubeconfig = join(directory, 'config')
  await writeFile(kubeconfig, JSON.stringify(toKubeconfig(server)))
  return ['--is-upgrade', '--dry-run=server', '--disable-openapi-validation', '--kubeconfig', kubeconfig]
}

/** What the API says at which path: its version, its kinds and the resources. */
function toAnswers(resources: readonly LiveResource[]): Record<string, unknown> {
  const versions = Object.keys(kindsByVersion).filter((version) => version !== 'v1')
  const groups = versions.map((groupVersion) => {
    const [name = '', version = ''] = groupVersion.split('/')
    return { name, versions: [{ groupVersion, version }], preferredVersion: { groupVersion, version } }
  })
  const answers: Record<string, unknown> = {
    '/version': { major: '1', minor: '34', gitVersion: 'v1.34.0' },
    '/api': { kind: 'APIVersions', versions: ['v1'] },
    '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups },
  }
  for (const [apiVersion, kinds] of Object.entries(kindsByVersion))
    answers[pathOf(apiVersion)] = {
      kind: 'APIResourceList',
      groupVersion: apiVersion,
      resources: kinds.map((kind) => ({
        kind,
        name: pluralOf(kind),
        namespaced: !clusterKinds.includes(kind),
        verbs: ['get', 'list'],
      })),
    }
  for (const resource of resources) {
    const directory = `${pathOf(resource.apiVersion)}/namespaces/${namespace}/${pluralOf(resource.kind)}`
    answers[`${directory}/${resource.metadata.name}`] = toOwned(resource)
  }
  return answers
}

/** As a release `relevo` has made it; helm takes over nothing else. */
function toOwned({ metadata, ...resource }: LiveResource) {
  const release = { 'meta.helm.sh/release-name': 'relevo', 'meta.helm.sh/release-namespace': namespace }
  return {
    ...resource,
    metadata: {
      ...metadata,
      namespace,
      labels: { 'app.kubernetes.io/managed-by': 'Helm' },
      annotations: { ...metadata.annotations, ...release },
    },
  }
}

function pluralOf(kind: string): string {
  return kind.toLowerCase().replace(/y$/, 'ie').replace(/s$/, 'se').concat('s')
}

function pathOf(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
}

function toKubeconfig(server: Server) {
  const { port } = server.address() as AddressInfo
  const name = 'test'
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name, user: {} }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  }
}
