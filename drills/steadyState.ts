import { waitForReady } from '../k8s/cluster/pods.ts'
import { brokerSelector, componentSelector, postgresSelector } from '../k8s/cluster/release.ts'
import { replicasOf } from '../k8s/cluster/scale.ts'
import { type SystemName, systems } from '../systems/index.ts'
import { partsOf } from '../systems/parts.ts'
import type { DrillContext } from './drill.ts'

const budgetMs = 300_000

/**
 * What every drill asks for: at least one pod of each service of its system, as many as are meant to be there,
 * and every broker and Postgres instance; all ready. It waits for what is just coming up.
 * @returns what is missing, or undefined.
 */
export async function steadyStateProblem(
  { kube, release }: DrillContext,
  system: SystemName,
): Promise<string | undefined> {
  for (const { name: component } of partsOf(systems[system])) {
    const replicas = () => replicasOf(kube, release, component)
    if ((await replicas()) === 0) return `${component} is scaled to 0`
    if (!(await allReady(componentSelector(release, component), replicas))) return `${component} is not ready`
  }
  const { kafka, postgres } = release
  if (kafka && !(await allReady(brokerSelector(kafka.name), () => kafka.nodes))) return 'Kafka is not ready'
  if (postgres && !(await allReady(postgresSelector(postgres.name), () => postgres.instances)))
    return 'Postgres is not ready'
  return undefined

  function allReady(selector: string, count: () => number | Promise<number>): Promise<boolean> {
    return waitForReady(kube, release.namespace, selector, count, budgetMs).then(
      () => true,
      () => false,
    )
  }
}
