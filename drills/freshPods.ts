import { deletePod, listPods } from '../k8s/cluster/pods.ts'
import { componentSelector } from '../k8s/cluster/release.ts'
import type { DrillContext } from './drill.ts'

/**
 * Deletes the services' pods whose containers were restarted, by an earlier drill for example: Kubernetes waits longer
 * before each further restart (10 s, 20 s … 5 minutes), which would count as time of recovery.
 */
export async function replaceRestarted({ kube, release }: DrillContext): Promise<void> {
  for (const component of Object.keys(release.workloads))
    for (const pod of await listPods(kube, release.namespace, componentSelector(release, component)))
      if (pod.restarts > 0 && !pod.leaving) await deletePod(kube, pod)
}
