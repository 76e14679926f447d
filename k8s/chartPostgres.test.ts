// What the chart gives Postgres and Kafka, against what the services ask of them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Service } from '@relevo/kit'
import { allSystems } from '../systems/index.ts'
import { partsOf } from '../systems/parts.ts'
import { ciValues, type Resource, renderChart, skipChartTests } from './helm.ts'
import { parseQuantity } from './podsOf.ts'

const skip = await skipChartTests()

/** Of each outbox: the pool, its session's reader and writer, and with the log as the source its stream and what makes its slot. */
const relayConnections = 7
/** Of each channel of the notifications, and of a rebuild or a command that is run by hand. */
const channelConnections = 6
/** The operator's, migrations, one more pod of each rollout, checks of a run, and those that Postgres keeps for superusers. */
const reserve = 0.25
const [connectionBytes, sharedBytes] = [3.2e6, 226e6]

const parts = new Map(allSystems.flatMap(partsOf).map((part) => [part.name, part]))

function find(resources: readonly Resource[], kind: string, name: string): Resource | undefined {
  return resources.find((one) => one.kind === kind && one.metadata.name === name)
}

/** Most connections of one pod. */
async function connectionsOf(name: string, env: Readonly<Record<string, string>>): Promise<number> {
  const part = parts.get(name)
  assert.ok(part, `${name} is part of a system`)
  if (part.folder === 'relay') return relayConnections * part.databases.length
  const { service }: { service: Service } = await import(`../services/${part.folder}/main.ts`)
  if (!service.database) return 0
  const variable = Object.values(service.config.variables).find((one) => one.name === 'DATABASE_POOL_SIZE')
  const own = service.pool?.size ?? Number(env.DATABASE_POOL_SIZE ?? variable?.fallback)
  const channels = part.folder === 'notifications' ? (env.CHANNELS ?? '').split(',').length : 0
  return own + channelConnections * channels
}

/** Most connections of all pods, while autoscalers have as many as they may. */
async function allConnections(resources: readonly Resource[]): Promise<number> {
  const workloads = resources.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')
  const each = workloads
    .filter(({ metadata }) => parts.has(metadata.name.replace('relevo-', '')))
    .map(async ({ metadata: { name }, spec }) => {
      const { maxReplicas } = find(resources, 'HorizontalPodAutoscaler', name)?.spec ?? {}
      const connections = await connectionsOf(
        name.replace('relevo-', ''),
        find(resources, 'ConfigMap', name)?.data,
      )
      assert.ok(connections >= 0, name)
      return (maxReplicas ?? spec.replicas ?? 1) * connections
    })
  assert.equal(each.length, parts.size)
  return (await Promise.all(each)).reduce((sum, one) => sum + one, 0)
}

for (const variant of ['default', 'ha'])
  test(`${variant}: Postgres admits the connections of all pods, and has the memory for them`, {
    skip,
  }, async () => {
    const resources = await renderChart(ciValues(variant))
    const { postgresql, resources: amounts } = find(resources, 'Cluster', 'relevo-postgres')?.spec ?? {}
    const needed = (await allConnections(resources)) * (1 + reserve)
    const admitted = Number(postgresql.parameters.max_connections)
    assert.ok(needed <= admitted, `${needed} of ${admitted}`)
    assert.ok(needed * connectionBytes + sharedBytes <= parseQuantity(amounts.limits.memory))
  })

const classOf = (resources: readonly Resource[]) => [
  find(resources, 'Cluster', 'relevo-postgres')?.spec.priorityClassName,
  resources.find(({ kind }) => kind === 'KafkaNodePool')?.spec.template.pod.priorityClassName,
]

test('brokers and Postgres are scheduled before the services, by a class of the release or one that exists', {
  skip,
}, async () => {
  const own = await renderChart(ciValues('ha'))
  const [postgres, kafka] = classOf(own)
  assert.equal(postgres, kafka)
  assert.equal(find(own, 'PriorityClass', postgres)?.value, 1_000)
  const others = own.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')
  for (const { spec } of others) assert.equal(spec.template.spec.priorityClassName, undefined)
  const off = ['--set', 'dataPriority.enabled=false']
  const named = await renderChart([...off, '--set', 'dataPriority.existing=high'])
  assert.deepEqual(
    [classOf(named), named.some(({ kind }) => kind === 'PriorityClass')],
    [['high', 'high'], false],
  )
  assert.deepEqual(classOf(await renderChart(off)), [undefined, undefined])
})
