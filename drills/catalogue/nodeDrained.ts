import { drain, podsToMove, schedulableNodes } from '../../k8s/cluster/evict.ts'
import { type Kube, mergePatch } from '../../k8s/cluster/kube.ts'
import { listPods, type Pod } from '../../k8s/cluster/pods.ts'
import { brokerSelector, componentSelector, postgresSelector } from '../../k8s/cluster/release.ts'
import { messagesSystem } from '../../systems/messages.ts'
import { relayOf } from '../../systems/parts.ts'
import type { Drill, DrillContext } from '../drill.ts'

const drainBudgetMs = 120_000
/** Tells our cordon from anybody else's. */
const mark = 'relevo.drill/drained'

const component = relayOf(messagesSystem).name

export const nodeDrained: Drill = {
  name: 'nodeDrained',
  title: 'A node drained',
  hypothesis:
    'Disruption budgets let pods go one by one, and others take over. Where volumes cannot move, a broker or an instance waits for the node to come back; those that the others cannot do without are kept by their budgets.',
  fault: 'kubectl drain of the node with the relay, and uncordoned afterwards',
  budget: { firstDeliveryMs: 60_000, firstEffectMs: 60_000, caughtUpMs: 90_000 },
  missing: async ({ kube }) => {
    const nodes = await schedulableNodes(kube)
    return nodes.length > 1
      ? undefined
      : `the cluster has ${nodes.length} node that takes pods, and this needs two`
  },
  inject: async (context) => {
    const { kube, release } = context
    const node = await nodeToDrain(context)
    const beganAt = Date.now()
    await setCordon(kube, node, true)
    const pods = await podsToMove(kube, release.namespace, node)
    const kept = await drain(kube, release.namespace, pods, drainBudgetMs)
    await requireKept(context, kept)
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
  const pods = await listPods(kube, namespace, componentSelector(release, component))
  const { spec } = await kube.core.readNamespacedPod({ namespace, name: toolbox.podName })
  const others = (await schedulableNodes(kube)).filter((node) => node !== spec?.nodeName)
  const node = others.find((each) => pods.some((pod) => pod.node === each)) ?? others[0]
  if (!node) throw new Error('There is no node to drain but the one that the load comes from.')
  return node
}

/** Brokers and instances of Postgres may be kept. @throws Error when anything else is. */
async function requireKept({ kube, release, print }: DrillContext, kept: readonly Pod[]): Promise<void> {
  const { kafka, postgres, namespace } = release
  const selectors = [kafka && brokerSelector(kafka.name), postgres && postgresSelector(postgres.name)]
  const mayStay = await Promise.all(selectors.map((each) => (each ? listPods(kube, namespace, each) : [])))
  const others = kept.filter(({ uid }) => !mayStay.flat().some((pod) => pod.uid === uid))
  const seconds = drainBudgetMs / 1_000
  if (others.length > 0) throw new Error(`Not gone after ${seconds} s: ${namesOf(others)}.`)
  if (kept.length > 0) print(`kept by their disruption budgets for ${seconds} s: ${namesOf(kept)}`)
}

function namesOf(pods: readonly Pod[]): string {
  return pods.map(({ name }) => name).join(', ')
}

async function setCordon({ core }: Kube, name: string, unschedulable: boolean): Promise<void> {
  const body = {
    metadata: { annotations: { [mark]: unschedulable ? 'true' : null } },
    spec: { unschedulable },
  }
  await core.patchNode({ name, body }, mergePatch)
}
