import { evict, podsToMove, schedulableNodes } from '../cluster/evict.ts'
import { type Kube, mergePatch } from '../cluster/kube.ts'
import { listPods } from '../cluster/pods.ts'
import { componentSelector } from '../cluster/release.ts'
import type { Drill, DrillContext } from '../drill.ts'

const evictBudgetMs = 300_000
/** Tells our cordon from anybody else's. */
const mark = 'relevo.drill/drained'

export const nodeDrained: Drill = {
  name: 'nodeDrained',
  title: 'A node drained',
  hypothesis:
    'Disruption budgets let pods go one by one, and others take over. Where volumes cannot move, a broker or an instance waits for the node to come back.',
  steadyState: 'At least two nodes take pods.',
  fault: 'kubectl drain of the node with the relay, and uncordoned afterwards',
  budget: { firstDeliveryMs: 60_000, firstEffectMs: 60_000, caughtUpMs: 90_000 },
  missing: async ({ kube }) => {
    const nodes = await schedulableNodes(kube)
    return nodes.length > 1
      ? undefined
      : `the cluster has ${nodes.length} node that takes pods, and this needs two`
  },
  inject: async (context) => {
    const { kube, release, toolbox } = context
    const node = await nodeToDrain(context)
    const beganAt = Date.now()
    await setCordon(kube, node, true)
    for (const pod of await podsToMove(kube, release.namespace, node))
      if (pod.name !== toolbox.podName) await evict(kube, pod, evictBudgetMs)
    return { beganAt, endedAt: Date.now() }
  },
  restore: async ({ kube }) => {
    const { items } = await kube.core.listNode()
    for (const { metadata } of items)
      if (metadata?.name && metadata.annotations?.[mark]) await setCordon(kube, metadata.name, false)
  },
}

/** The relay's node, unless the load comes from there. */
async function nodeToDrain({ kube, release, toolbox }: DrillContext): Promise<string> {
  const { namespace } = release
  const pods = await listPods(kube, namespace, componentSelector(release, 'relay-messages'))
  const { spec } = await kube.core.readNamespacedPod({ namespace, name: toolbox.podName })
  const others = (await schedulableNodes(kube)).filter((node) => node !== spec?.nodeName)
  const node = others.find((each) => pods.some((pod) => pod.node === each)) ?? others[0]
  if (!node) throw new Error('There is no node to drain but the one that the load comes from.')
  return node
}

async function setCordon({ core }: Kube, name: string, unschedulable: boolean): Promise<void> {
  const body = {
    metadata: { annotations: { [mark]: unschedulable ? 'true' : null } },
    spec: { unschedulable },
  }
  await core.patchNode({ name, body }, mergePatch)
}
