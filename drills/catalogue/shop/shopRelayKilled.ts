import { killPod } from '../../../k8s/cluster/killer.ts'
import { componentSelector } from '../../../k8s/cluster/release.ts'
import { relayOf } from '../../../systems/parts.ts'
import { shopSystem } from '../../../systems/shop.ts'
import { type Drill, instant } from '../../drill.ts'
import { readyPod } from '../pick.ts'
import { relayKilled } from '../relayKilled.ts'

const component = relayOf(shopSystem).name

export const shopRelayKilled: Drill = {
  ...relayKilled,
  name: 'shopRelayKilled',
  title: 'Relay of the whole shop killed with SIGKILL',
  system: 'shop',
  budget: { firstDeliveryMs: 20_000, firstEffectMs: 20_000, caughtUpMs: 40_000 },
  inject: async (context) => {
    const pod = await readyPod(context, componentSelector(context.release, component))
    return instant(await killPod(context.kube, context.release, pod))
  },
}
