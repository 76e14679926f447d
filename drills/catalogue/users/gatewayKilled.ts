import { killPod } from '../../../k8s/cluster/killer.ts'
import { componentSelector } from '../../../k8s/cluster/release.ts'
import { instant } from '../../drill.ts'
import { onEdge } from '../../edge/onEdge.ts'
import { needsTwo } from '../needs.ts'
import { readyPod } from '../pick.ts'

/** Until Kubernetes has taken the pod out of the Service, connections to it are refused. */
const outOfServiceMs = 5_000

export const gatewayKilled = onEdge({
  name: 'gatewayKilled',
  title: 'One pod of the gateway killed (SIGKILL)',
  hypothesis:
    'Requests that the pod had are cut, and connections to it are refused until it is out of the Service, a few seconds. The other pods answer all else; limits and breakers are of each pod, so that nothing else is lost with it.',
  fault: 'SIGKILL to the processes of one pod of the gateway',
  budget: { firstDeliveryMs: 5_000, firstEffectMs: 5_000, caughtUpMs: 10_000 },
  missing: (context) => needsTwo(context, 'gateway'),
  mayFail: { at: 'outage', ms: outOfServiceMs },
  inject: async (context) => {
    const { kube, release } = context
    const pod = await readyPod(context, componentSelector(release, 'gateway'))
    return instant(await killPod(kube, release, pod))
  },
})
