import { setTimeout as delay } from 'node:timers/promises'
import { waitForReady } from '../../k8s/cluster/pods.ts'
import { componentSelector } from '../../k8s/cluster/release.ts'
import { replicasOf, scale } from '../../k8s/cluster/scale.ts'
import { problemOfRecent } from '../../proof/inCluster/program/watchRecent.ts'
import type { Drill } from '../drill.ts'
import { killEvery } from '../faults/killEvery.ts'
import { needsValkey } from './needs.ts'

const component = 'valkey'
const beforeMs = 5_000
const awayMs = 20_000
const watchMs = 60_000
const startBudgetMs = 120_000

export const valkeyKilled: Drill = {
  name: 'valkeyKilled',
  title: 'Valkey killed (SIGKILL) and away for 20 s',
  hypothesis:
    'The cache of recent events makes no difference to an answer: every read is answered, none is more than a second behind Postgres, and the circuit breaker opens while Valkey is away and closes when it is back.',
  fault:
    'SIGKILL to the Valkey, which is then away for 20 s, while recent events are read by the API and from Postgres',
  budget: { firstDeliveryMs: 10_000, firstEffectMs: 10_000, caughtUpMs: 15_000 },
  invariants: ['everyRequestAnswered'],
  scales: component,
  missing: needsValkey,
  inject: async (context) => {
    const { kube, release, toolbox, print } = context
    const replicas = await replicasOf(kube, release, component)
    const watched = toolbox.watchRecent(watchMs)
    // Its result is waited for below; should something else fail before, that is the error.
    watched.catch(() => {})
    await delay(beforeMs)
    const beganAt = await killEvery(context, component)
    await scale(kube, release, component, 0)
    await delay(awayMs)
    await scale(kube, release, component, replicas)
    await waitForReady(
      kube,
      release.namespace,
      componentSelector(release, component),
      () => replicas,
      startBudgetMs,
    )
    const endedAt = Date.now()
    const summary = await watched
    const problem = problemOfRecent(summary)
    if (problem !== undefined) throw new Error(problem)
    print(`${summary.answers} reads answered, none more than a second behind; the breaker opened and closed`)
    return { beganAt, endedAt }
  },
}
