import { mergePatch } from '../../k8s/cluster/kube.ts'
import { listPods } from '../../k8s/cluster/pods.ts'
import { postgresSelector } from '../../k8s/cluster/release.ts'
import { waitFor } from '../../k8s/cluster/waitFor.ts'
import { type Drill, instant } from '../drill.ts'
import { needsReplica } from './needs.ts'
import { readyPod } from './pick.ts'

const budgetMs = 180_000

export const primarySwitched: Drill = {
  name: 'primarySwitched',
  title: 'Planned switchover of Postgres',
  hypothesis:
    'The old primary ends cleanly and the new one has all it had. Requests fail for the seconds between; services and relay connect anew by themselves.',
  fault: 'what `kubectl cnpg promote` does, to a replica. Recovery counts from the first write that succeeds',
  budget: { firstDeliveryMs: 30_000, firstEffectMs: 30_000, caughtUpMs: 45_000 },
  recoveryFrom: 'databaseBack',
  missing: needsReplica,
  inject: async (context) => {
    const { kube, release } = context
    const { namespace } = release
    const cluster = release.postgres?.name ?? ''
    const { name: target } = await readyPod(context, postgresSelector(cluster, 'replica'))
    const at = Date.now()
    const body = {
      status: {
        targetPrimary: target,
        targetPrimaryTimestamp: new Date(at).toISOString(),
        phase: 'Switchover in progress',
        phaseReason: `Switching over to ${target}`,
      },
    }
    await kube.custom.patchNamespacedCustomObjectStatus(
      { group: 'postgresql.cnpg.io', version: 'v1', plural: 'clusters', namespace, name: cluster, body },
      mergePatch,
    )
    await waitFor(`${target} to be the primary`, budgetMs, async () => {
      const [primary] = await listPods(kube, namespace, postgresSelector(cluster, 'primary'))
      return primary?.name === target && primary.ready
    })
    return instant(at)
  },
}
