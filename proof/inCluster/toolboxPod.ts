import type { V1ConfigMap, V1Container, V1EnvVar, V1Pod, V1PodSpec, V1Volume } from '@kubernetes/client-node'
import { keyOf, toolboxDirectory } from './toolboxFiles.ts'

const toolbox = 'toolbox'
/** The pod ends by itself, should nobody be left to delete it. */
const mostSeconds = 4 * 3_600
/** Where the chart mounts the certificate of a database, and where the toolbox has that of the consumer's. */
const postgres = { volume: 'postgres', path: '/etc/relevo/postgres' }
const effects = { volume: 'effects', path: '/etc/relevo/effects' }

export interface ToolboxNames {
  name: string
  namespace: string
  instance: string
}

/** What a toolbox is put together from. */
export interface ToolboxParts {
  /** Whose database has the outbox. */
  api: V1PodSpec
  /** Whose database has the effects, and who may read the topic. */
  consumer: V1PodSpec
  /** The settings of both that are no secrets. */
  apiSettings: Readonly<Record<string, string>>
  consumerSettings: Readonly<Record<string, string>>
  files: Readonly<Record<string, string>>
}

export function toolboxConfigMap(
  { name, namespace }: ToolboxNames,
  files: Readonly<Record<string, string>>,
): V1ConfigMap {
  const data = Object.entries(files).map(([path, text]) => [keyOf(path), text])
  return { metadata: { name, namespace }, data: Object.fromEntries(data) }
}

/**
 * A pod that is what a pod of the API is (image, account, secrets, security), with the consumer's Kafka and database, and
 * the toolbox in it instead of the service. Its labels are of its own, so that no Service sends it requests.
 */
export function toolboxPod({ name, namespace, instance }: ToolboxNames, parts: ToolboxParts): V1Pod {
  const { api } = parts
  const { image, imagePullPolicy, securityContext } = containerOf(api)
  return {
    metadata: {
      name,
      namespace,
      labels: {
        'app.kubernetes.io/name': 'relevo-toolbox',
        'app.kubernetes.io/instance': `${instance}-toolbox`,
      },
    },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 1,
      activeDeadlineSeconds: mostSeconds,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      ...(api.serviceAccountName && { serviceAccountName: api.serviceAccountName }),
      ...(api.imagePullSecrets && { imagePullSecrets: api.imagePullSecrets }),
      ...(api.securityContext && { securityContext: api.securityContext }),
      containers: [
        {
          name: toolbox,
          command: ['sleep', String(mostSeconds)],
          // A drill has one for each service and flow at once, and they are to fit beside a release that has reserved most of its nodes.
          resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '768Mi' } },
          ...(image && { image }),
          ...(imagePullPolicy && { imagePullPolicy }),
          ...(securityContext && { securityContext }),
          ...environmentOf(parts),
          volumeMounts: mountsOf(parts),
        },
      ],
      volumes: volumesOf(name, parts),
    },
  }
}

/** Of two sources with a variable, the last one wins: all is the consumer's, its Kafka user above all, but DATABASE_URL. */
function environmentOf({
  api,
  apiSettings,
  consumer,
  consumerSettings,
}: ToolboxParts): Pick<V1Container, 'env' | 'envFrom'> {
  const ours = containerOf(api)
  const theirs = containerOf(consumer)
  const effectsUrl = consumerSettings.DATABASE_URL?.replaceAll(postgres.path, effects.path)
  const urls = [
    { ...urlOf(ours, apiSettings.DATABASE_URL), name: 'DATABASE_URL' },
    { ...urlOf(theirs, effectsUrl), name: 'EFFECTS_DATABASE_URL' },
  ]
  const others = (theirs.env ?? []).filter(({ name }) => name !== 'DATABASE_URL')
  return {
    env: [...others, ...urls],
    envFrom: [...(ours.envFrom ?? []), ...(theirs.envFrom ?? [])],
  }
}

/** Where a container's database is: as a secret says, or its settings. */
function urlOf({ env = [] }: V1Container, setting: string | undefined): Omit<V1EnvVar, 'name'> {
  const found: Partial<V1EnvVar> = env.find(({ name }) => name === 'DATABASE_URL') ?? {}
  return found.valueFrom ? { valueFrom: found.valueFrom } : { value: found.value ?? setting ?? '' }
}

function mountsOf({ api, consumer }: ToolboxParts): NonNullable<V1Container['volumeMounts']> {
  const volumes = consumer.volumes?.map(({ name }) => name) ?? []
  const theirs = (containerOf(consumer).volumeMounts ?? [])
    .filter(({ name }) => volumes.includes(name)) // a volume of each pod's own is the consumer's alone
    .map((mount) =>
      mount.name === postgres.volume ? { ...mount, name: effects.volume, mountPath: effects.path } : mount,
    )
  const ours = (containerOf(api).volumeMounts ?? []).filter(
    ({ mountPath }) => !theirs.some((mount) => mount.mountPath === mountPath),
  )
  return [...theirs, ...ours, { name: toolbox, mountPath: toolboxDirectory, readOnly: true }]
}

function volumesOf(configMap: string, { api, consumer, files }: ToolboxParts): V1Volume[] {
  const theirs = (consumer.volumes ?? []).map((volume) =>
    volume.name === postgres.volume ? { ...volume, name: effects.volume } : volume,
  )
  const ours = (api.volumes ?? []).filter(({ name }) => !theirs.some((volume) => volume.name === name))
  const items = Object.keys(files).map((path) => ({ key: keyOf(path), path }))
  return [...theirs, ...ours, { name: toolbox, configMap: { name: configMap, items } }]
}

function containerOf({ containers: [container] }: V1PodSpec): V1Container {
  if (!container) throw new Error('A workload of the release has no container.')
  return container
}
