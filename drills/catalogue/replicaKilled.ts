import { killPod } from '../../k8s/cluster/killer.ts'
import { forceDeletePod } from '../../k8s/cluster/pods.ts'
import { postgresSelector } from '../../k8s/cluster/release.ts'
import { type Drill, instant } from '../drill.ts'
import { needsReplica } from './needs.ts'
import { readyPod } from './pick.ts'

export const replicaKilled: Drill = {
  name: 'replicaKilled',
  title: 'A replica of Postgres killed',
  hypothesis: 'Another replica confirms the commits, so at most those under way wait for a moment.',
  fault: 'SIGKILL to the processes of a replica, and its pod deleted without grace',
  budget: { firstDeliveryMs: 15_000, firstEffectMs: 15_000, caughtUpMs: 30_000 },
  missing: needsReplica,
  inject: async (context) => {
    const { kube, release } = context
    const pod = await readyPod(context, postgresSelector(release.postgres?.name ?? '', 'replica'))
    const at = await killPod(kube, release, pod)
    await forceDeletePod(kube, pod)
    return instant(at)
  },
}
