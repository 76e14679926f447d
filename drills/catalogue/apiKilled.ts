import { type Killer, openKiller } from '../../k8s/cluster/killer.ts'
import { componentSelector } from '../../k8s/cluster/release.ts'
import { messagesSystem } from '../../systems/messages.ts'
import { type Drill, instant } from '../drill.ts'
import { readyPods } from './pick.ts'

export const apiKilled: Drill = {
  name: 'apiKilled',
  title: 'All API pods killed (SIGKILL)',
  hypothesis:
    'A request that the API did not answer was recorded whole or not at all, and what was recorded goes out. Requests fail until the API is back; of those that broke off nobody knows, and none is there twice.',
  fault: 'SIGKILL to the processes of every API pod',
  budget: { firstDeliveryMs: 10_000, firstEffectMs: 10_000, caughtUpMs: 15_000 },
  recoveryOf: 'posts',
  missing: () => undefined,
  inject: async (context) => {
    const { kube, release } = context
    const pods = await readyPods(context, componentSelector(release, messagesSystem.entry.service))
    const nodes = [...new Set(pods.map(({ node }) => node))]
    const killers = new Map<string, Killer>()
    try {
      for (const node of nodes) killers.set(node, await openKiller(kube, release, node))
      const times = await Promise.all(pods.map((pod) => killers.get(pod.node)?.kill(pod) ?? Date.now()))
      return instant(Math.min(...times))
    } finally {
      await Promise.all([...killers.values()].map((killer) => killer.close()))
    }
  },
}
