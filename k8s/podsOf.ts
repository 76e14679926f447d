import type { Resource } from './helm.ts'

interface Amounts {
  cpu?: string | number
  memory?: string
}

/** Containers of one kind, with how many of them run at the same time. */
export interface Demand {
  name: string
  count: number
  resources: { requests?: Amounts; limits?: Amounts }
}

/** What the resources of a chart make run, also by Strimzi and CloudNativePG. */
export function demands(resources: readonly Resource[]): Demand[] {
  return resources.flatMap(({ kind, metadata, spec }) => {
    const { name } = metadata
    if (kind === 'KafkaNodePool' || kind === 'Cluster')
      return [{ name, count: spec.replicas ?? spec.instances, resources: spec.resources }]
    if (kind === 'Kafka') {
      const { topicOperator, userOperator } = spec.entityOperator
      return [topicOperator, userOperator].map((operator) => ({ name, count: 1, ...operator }))
    }
    if (['Deployment', 'StatefulSet', 'Job'].includes(kind))
      return spec.template.spec.containers.map((container: Demand) => ({
        name,
        count: spec.replicas ?? 1,
        resources: container.resources,
      }))
    return []
  })
}

/** The sum of one amount over all demands, in cores or bytes. */
export function total(
  demands: readonly Demand[],
  of: 'requests' | 'limits',
  amount: 'cpu' | 'memory',
): number {
  return demands.reduce((sum, { count, resources }) => {
    const value = resources[of]?.[amount]
    return sum + (value === undefined ? 0 : count * parseQuantity(String(value)))
  }, 0)
}

const units: Record<string, number> = {
  '': 1,
  m: 0.001,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  M: 1e6,
  G: 1e9,
}

/** Kubernetes' notation of amounts: `250m` is 0.25, `1Mi` is 1,048,576. */
export function parseQuantity(text: string): number {
  const [, digits, unit = ''] = /^([\d.]+)([A-Za-z]*)$/.exec(text) ?? []
  const factor = units[unit]
  if (digits === undefined || factor === undefined) throw new Error(`"${text}" is no quantity`)
  return Number(digits) * factor
}
