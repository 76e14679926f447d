import { deletePod } from '../../k8s/cluster/pods.ts'
import { componentSelector } from '../../k8s/cluster/release.ts'
import { messagesSystem } from '../../systems/messages.ts'
import { relayOf } from '../../systems/parts.ts'
import { type Drill, instant } from '../drill.ts'
import { readyPod } from './pick.ts'

const component = relayOf(messagesSystem).name

export const relayStopped: Drill = {
  name: 'relayStopped',
  title: 'Relay pod deleted (SIGTERM)',
  hypothesis:
    'A relay that is asked to end hands its shards over at once; what is in flight is finished first.',
  fault: 'kubectl delete pod on a relay',
  budget: { firstDeliveryMs: 10_000, firstEffectMs: 12_000, caughtUpMs: 15_000 },
  invariants: ['everyRequestAnswered'],
  missing: () => undefined,
  inject: async (context) => {
    const pod = await readyPod(context, componentSelector(context.release, component))
    const at = Date.now()
    await deletePod(context.kube, pod)
    return instant(at)
  },
}
