import { setVariables } from '../../../k8s/cluster/variables.ts'
import { onEdge } from '../../edge/onEdge.ts'

const variable = 'DRILL'

export const gatewayRestarted = onEdge({
  name: 'gatewayRestarted',
  title: 'Every pod of the gateway replaced',
  hypothesis:
    'New pods are ready before old ones go, and old ones answer what they have and tell clients by their last answer that the connection closes: no request fails.',
  fault: 'a rollout that gives the gateway new pods',
  budget: { firstDeliveryMs: 5_000, firstEffectMs: 5_000, caughtUpMs: 10_000 },
  mayFail: { at: 'nothing' },
  inject: async ({ kube, release }) => {
    const beganAt = Date.now()
    await setVariables(kube, release, 'gateway', { [variable]: String(beganAt) })
    return { beganAt, endedAt: Date.now() }
  },
  cleanUp: ({ kube, release }) => setVariables(kube, release, 'gateway', { [variable]: undefined }),
})
