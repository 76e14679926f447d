import { setTimeout as delay } from 'node:timers/promises'
import { replicasOf, scale } from '../../k8s/cluster/scale.ts'
import type { DrillContext } from '../drill.ts'
import type { FaultTimes } from '../measureRecovery.ts'

/** Scales a component to 0, and back after so many milliseconds or once `until` is over. */
export async function stayAway(
  { kube, release }: DrillContext,
  component: string,
  until: number | (() => Promise<void>),
): Promise<FaultTimes> {
  const replicas = await replicasOf(kube, release, component)
  const beganAt = Date.now()
  await scale(kube, release, component, 0)
  if (typeof until === 'number') await delay(until)
  else await until()
  const endedAt = Date.now()
  await scale(kube, release, component, replicas)
  return { beganAt, endedAt }
}
