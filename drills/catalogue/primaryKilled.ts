import { killPod } from '../../k8s/cluster/killer.ts'
import { forceDeletePod } from '../../k8s/cluster/pods.ts'
import { postgresSelector } from '../../k8s/cluster/release.ts'
import { type Drill, instant } from '../drill.ts'
import { needsPostgres } from './needs.ts'
import { readyPod } from './pick.ts'

export const primaryKilled: Drill = {
  name: 'primaryKilled',
  title: 'Postgres primary killed',
  hypothesis:
    'What was acknowledged is on a synchronous replica, or with one instance on its disk. Requests fail until a primary accepts writes; then everything goes on by itself. The cursor is in the database, so it is never ahead of the events.',
  fault:
    'SIGKILL to the processes of the primary, and its pod deleted without grace. Recovery counts from the first write that succeeds',
  budget: { firstDeliveryMs: 30_000, firstEffectMs: 30_000, caughtUpMs: 45_000 },
  recoveryFrom: 'databaseBack',
  missing: needsPostgres,
  inject: async (context) => {
    const { kube, release } = context
    const pod = await readyPod(context, postgresSelector(release.postgres?.name ?? '', 'primary'))
    const at = await killPod(kube, release, pod)
    await forceDeletePod(kube, pod)
    return instant(at)
  },
}
