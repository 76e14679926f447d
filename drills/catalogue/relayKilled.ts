import { killPod } from '../../k8s/cluster/killer.ts'
import { componentSelector } from '../../k8s/cluster/release.ts'
import { messagesSystem } from '../../systems/messages.ts'
import { relayOf } from '../../systems/parts.ts'
import { type Drill, instant } from '../drill.ts'
import { readyPod } from './pick.ts'

const component = relayOf(messagesSystem).name

export const relayKilled: Drill = {
  name: 'relayKilled',
  title: 'Relay killed with SIGKILL',
  hypothesis:
    'A relay that vanishes leaves its shards leased for up to 6 s. Then its successor takes them over where the cursors are; what was sent and not yet noted is sent again, and takes effect once.',
  fault: 'SIGKILL to the processes of a relay pod',
  budget: { firstDeliveryMs: 10_000, firstEffectMs: 12_000, caughtUpMs: 15_000 },
  invariants: ['everyRequestAnswered'],
  missing: () => undefined,
  inject: async (context) => {
    const pod = await readyPod(context, componentSelector(context.release, component))
    return instant(await killPod(context.kube, context.release, pod))
  },
}
