import { type Killer, openKiller } from '../../k8s/cluster/killer.ts'
import { componentSelector } from '../../k8s/cluster/release.ts'
import { readyPods } from '../catalogue/pick.ts'
import type { DrillContext } from '../drill.ts'

/** SIGKILL to the processes of every pod of a component at once. @returns when the first of them ended. */
export async function killEvery(context: DrillContext, component: string): Promise<number> {
  const { kube, release } = context
  const pods = await readyPods(context, componentSelector(release, component))
  const nodes = [...new Set(pods.map(({ node }) => node))]
  const killers = new Map<string, Killer>()
  try {
    for (const node of nodes) killers.set(node, await openKiller(kube, release, node))
    const times = await Promise.all(pods.map((pod) => killers.get(pod.node)?.kill(pod) ?? Date.now()))
    return Math.min(...times)
  } finally {
    await Promise.all([...killers.values()].map((killer) => killer.close()))
  }
}
