import { setTimeout as delay } from 'node:timers/promises'
import { fence } from '../../k8s/cluster/fence.ts'
import { listPods } from '../../k8s/cluster/pods.ts'
import { postgresSelector } from '../../k8s/cluster/release.ts'
import { waitForStream } from '../../k8s/cluster/slots.ts'
import { waitFor } from '../../k8s/cluster/waitFor.ts'
import { type Drill, instant } from '../drill.ts'
import { needsReplica, needsStream } from './needs.ts'
import { readyPod } from './pick.ts'

const absentMs = 60_000
const downBudgetMs = 60_000

export const replicaAbsentWal: Drill = {
  name: 'replicaAbsentWal',
  title: 'A replica of Postgres down for 60 s, with the write-ahead log as source',
  hypothesis:
    'Postgres holds the stream back until every replica has what it shows (synchronized_standby_slots). While one is away the relay goes on with the table.',
  fault: 'a replica fenced, and after 60 s no more. Recovery counts from the beginning',
  budget: { firstDeliveryMs: 10_000, firstEffectMs: 12_000, caughtUpMs: 15_000 },
  system: 'commissions',
  invariants: ['everyRequestAnswered'],
  missing: async (context) => needsReplica(context) ?? (await needsStream(context)),
  inject: async (context) => {
    const { kube, release } = context
    await waitForStream(kube, release)
    const selector = postgresSelector(release.postgres?.name ?? '', 'replica')
    const { name } = await readyPod(context, selector)
    const at = Date.now()
    await fence(kube, release, [name])
    await waitFor(`${name} to be down`, downBudgetMs, async () => {
      const pods = await listPods(kube, release.namespace, selector)
      return pods.some((pod) => pod.name === name && !pod.ready)
    })
    await delay(absentMs)
    return instant(at)
  },
  restore: ({ kube, release }) => fence(kube, release, []),
}
