import { killPod } from '../../k8s/cluster/killer.ts'
import { forceDeletePod } from '../../k8s/cluster/pods.ts'
import { brokerSelector } from '../../k8s/cluster/release.ts'
import { type Drill, instant } from '../drill.ts'
import { needsKafka } from './needs.ts'
import { readyPod } from './pick.ts'

const othersTakeOver = { firstDeliveryMs: 30_000, firstEffectMs: 45_000, caughtUpMs: 60_000 }
const waitsForItsReturn = { firstDeliveryMs: 60_000, firstEffectMs: 90_000, caughtUpMs: 120_000 }

export const brokerKilled: Drill = {
  name: 'brokerKilled',
  title: 'One Kafka broker killed',
  hypothesis:
    'With three brokers others take over its partitions once its session is over (9 s); with one, all waits until it is back. The relay tries again, in order, until Kafka acknowledges; the API goes on recording.',
  fault: 'SIGKILL to the processes of a broker, and its pod deleted without grace',
  budget: ({ kafka }) => ((kafka?.nodes ?? 1) > 1 ? othersTakeOver : waitsForItsReturn),
  invariants: ['everyRequestAnswered'],
  missing: needsKafka,
  inject: async (context) => {
    const { kube, release } = context
    const pod = await readyPod(context, brokerSelector(release.kafka?.name ?? ''))
    const at = await killPod(kube, release, pod)
    await forceDeletePod(kube, pod)
    return instant(at)
  },
}
