import { listPods, type Pod } from '../../k8s/cluster/pods.ts'
import type { DrillContext } from '../drill.ts'

/** The ready pods of a selector. @throws Error when there is none. */
export async function readyPods({ kube, release }: DrillContext, selector: string): Promise<Pod[]> {
  const pods = await listPods(kube, release.namespace, selector)
  const ready = pods.filter((pod) => pod.ready && !pod.leaving)
  if (ready.length === 0) throw new Error(`No pod of ${selector} is ready.`)
  return ready
}

/** One ready pod of a selector. @throws Error when there is none. */
export async function readyPod(context: DrillContext, selector: string): Promise<Pod> {
  const [pod] = await readyPods(context, selector)
  if (!pod) throw new Error(`No pod of ${selector} is ready.`)
  return pod
}
