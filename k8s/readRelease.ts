import type { LiveResource } from './health.ts'
import { capture, succeeds } from './shell.ts'

/** Where a release is. */
export interface Place {
  readonly release: string
  readonly namespace: string
}

const ofKubernetes = ['deployments.apps', 'statefulsets.apps', 'jobs.batch']
const ofStrimzi = ['kafkas', 'kafkanodepools', 'kafkatopics', 'kafkausers'].map(
  (kind) => `${kind}.kafka.strimzi.io`,
)
const ofCloudNative = ['clusters', 'databases', 'databaseroles'].map((kind) => `${kind}.postgresql.cnpg.io`)

/** The resources of a release, and all pods of its namespace. @throws ShellError */
export async function readRelease({ release, namespace }: Place): Promise<LiveResource[]> {
  const selector = `--selector=app.kubernetes.io/instance=${release}`
  const kinds = [...ofKubernetes]
  for (const group of [ofStrimzi, ofCloudNative])
    if (await succeeds('kubectl', ['get', 'crd', ...group])) kinds.push(...group)
  const [own, pods] = await Promise.all([
    list(['get', kinds.join(','), `--namespace=${namespace}`, selector]),
    list(['get', 'pods', `--namespace=${namespace}`]),
  ])
  return [...own, ...pods]
}

async function list(args: readonly string[]): Promise<LiveResource[]> {
  const { items } = JSON.parse(await capture('kubectl', [...args, '--output=json']))
  return items
}
