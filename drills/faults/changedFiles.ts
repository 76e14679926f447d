import type { V1PodSpec } from '@kubernetes/client-node'
import { ignoreMissing } from '../../k8s/cluster/kube.ts'
import { patchPods } from '../../k8s/cluster/rollout.ts'
import { podSpecOf } from '../../k8s/cluster/scale.ts'
import type { DrillContext } from '../drill.ts'

/** Where the image has the project. */
const root = '/app'
const volume = 'drill-files'
const label = 'relevo.drill/files-of'

/**
 * Gives a component, which is a Deployment, pods in which some files are others, by a rollout, and waits for its end.
 * @param folder of the files, in the project.
 */
export async function rollOutFiles(
  context: DrillContext,
  component: string,
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const { kube, release } = context
  const { namespace } = release
  const paths = Object.keys(files)
  const { metadata } = await kube.core.createNamespacedConfigMap({
    namespace,
    body: {
      metadata: { generateName: `${release.name}-${volume}-`, labels: { [label]: component } },
      data: Object.fromEntries(paths.map((path, n) => [String(n), files[path] ?? ''])),
    },
  })
  const mounts = paths.map((path, n) => ({
    name: volume,
    mountPath: `${root}/${folder}/${path}`,
    subPath: String(n),
  }))
  await patchPods(kube, release, component, {
    volumes: [{ name: volume, configMap: { name: metadata?.name } }],
    containers: [{ name: component, volumeMounts: mounts }],
  })
}

/** Whether a component's pods are given files that are others. */
export async function hasOtherFiles({ kube, release }: DrillContext, component: string): Promise<boolean> {
  return changedFilesOf(await podSpecOf(kube, release, component)).length > 0
}

/** The paths of the files of pods that are others than their image's. */
export function changedFilesOf({ containers: [first] }: Pick<V1PodSpec, 'containers'>): string[] {
  const mounts = first?.volumeMounts?.filter(({ name }) => name === volume) ?? []
  return mounts.map(({ mountPath }) => mountPath)
}

/** Gives a component its own files again, and waits until none of its pods has others. Does nothing when all have. */
export async function withdrawFiles(context: DrillContext, component: string): Promise<void> {
  const { kube, release } = context
  const paths = changedFilesOf(await podSpecOf(kube, release, component))
  if (paths.length > 0)
    await patchPods(kube, release, component, {
      volumes: [{ name: volume, $patch: 'delete' }],
      containers: [
        { name: component, volumeMounts: paths.map((mountPath) => ({ mountPath, $patch: 'delete' })) },
      ],
    })
  const { namespace } = release
  await kube.core
    .deleteCollectionNamespacedConfigMap({ namespace, labelSelector: `${label}=${component}` })
    .catch(ignoreMissing)
}
