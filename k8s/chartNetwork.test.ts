// Who may connect to whom, as the network policies of the chart say it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ciValues, type Resource, renderChart, skipChartTests } from './helm.ts'

const skip = await skipChartTests()

type Labels = Readonly<Record<string, string>>
interface Selector {
  matchLabels?: Labels
  matchExpressions?: ReadonlyArray<{ key: string; operator: string; values: readonly string[] }>
}
interface Peer {
  podSelector?: Selector
  namespaceSelector?: Selector
  ipBlock?: { cidr: string }
}
interface Rule {
  from?: readonly Peer[]
  to?: readonly Peer[]
  ports?: ReadonlyArray<{ port: string | number }>
}

function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values }) => {
      assert.ok(values.length > 0, 'Kubernetes refuses an empty list')
      return values.includes(labels[key] ?? '') === (operator === 'In')
    })
  )
}

/** Whether a pod of this namespace with these labels is a peer of a rule; none means everybody. */
function admits(peers: readonly Peer[] | undefined, labels: Labels): boolean {
  return (
    !peers?.length || peers.some((peer) => !peer.namespaceSelector && selects(peer.podSelector ?? {}, labels))
  )
}

function policiesOf(resources: readonly Resource[], labels: Labels): Resource[] {
  return resources.filter(({ kind, spec }) => kind === 'NetworkPolicy' && selects(spec.podSelector, labels))
}

/** Whether a pod may connect to a port of another: by the policies of both ends. */
function mayConnect(
  resources: readonly Resource[],
  from: Labels,
  to: Labels,
  port: string | number,
): boolean {
  const allowed = (labels: Labels, type: string, side: 'ingress' | 'egress', peer: Labels) => {
    const policies = policiesOf(resources, labels).filter(({ spec }) => spec.policyTypes.includes(type))
    const rules: Rule[] = policies.flatMap(({ spec }) => spec[side] ?? [])
    const isPort = ({ ports }: Rule) =>
      !ports || ports.some((one) => one.port === port || one.port === 'http')
    return policies.length === 0 || rules.some((rule) => isPort(rule) && admits(rule.from ?? rule.to, peer))
  }
  return allowed(from, 'Egress', 'egress', to) && allowed(to, 'Ingress', 'ingress', from)
}

function ours(component: string): Labels {
  return {
    'app.kubernetes.io/name': 'relevo',
    'app.kubernetes.io/instance': 'relevo',
    'app.kubernetes.io/component': component,
  }
}
const postgres: Labels = { 'cnpg.io/cluster': 'relevo-postgres', 'app.kubernetes.io/instance': 'relevo' }
const broker: Labels = {
  'strimzi.io/cluster': 'relevo',
  'strimzi.io/broker-role': 'true',
  'app.kubernetes.io/name': 'kafka',
  'app.kubernetes.io/instance': 'relevo',
}
const proof: Labels = {
  'app.kubernetes.io/name': 'relevo-toolbox',
  'app.kubernetes.io/instance': 'relevo-toolbox',
}
const stranger: Labels = { app: 'web' }
const neighbour: Labels = { ...ours('messages'), 'app.kubernetes.io/instance': 'other' }

test('services reach their servers and nobody else, and are reached by who is named', { skip }, async () => {
  const resources = await renderChart()
  const may = (from: Labels, to: Labels, port: number) => mayConnect(resources, from, to, port)
  assert.ok(may(ours('messages'), postgres, 5432))
  assert.ok(may(ours('relay-messages'), postgres, 5432))
  assert.ok(may(ours('relay-messages'), broker, 9093))
  assert.ok(may(ours('migrate-messages'), postgres, 5432))
  assert.ok(may(ours('test'), ours('relay-commissions'), 3002))
  assert.ok(may(proof, ours('messages'), 3000))
  assert.ok(may(ours('monitor'), ours('relay-messages'), 3002), 'it watches everything')
  assert.ok(!may(ours('messages'), ours('monitor'), 5003))
  assert.ok(may(ours('messages'), broker, 9093), 'it hears whose tokens are refused')
  const quiet = await renderChart(['--set', 'auth.enabled=false'])
  assert.ok(!mayConnect(quiet, ours('messages'), broker, 9093), 'else it has no business with Kafka')
  assert.ok(may(ours('console'), ours('relay-messages'), 3002), 'operators act on everything by it')
  assert.ok(may(ours('console'), broker, 9093), 'it shows topics and groups')
  assert.ok(!may(ours('messages'), ours('console'), 8080))
  assert.ok(!may(ours('messages'), ours('relay-messages'), 3002), 'nor with the relay')
  assert.ok(!may(ours('relay-messages'), stranger, 443))
  for (const component of ['messages', 'relay-messages', 'message-processor', 'notifications'])
    for (const other of [stranger, neighbour])
      assert.ok(!may(other, ours(component), 3002), `${component} is not open to every pod`)
})

test('Postgres is open to its clients, its instances and its operator', { skip }, async () => {
  const resources = await renderChart()
  for (const other of [stranger, neighbour, ours('test')])
    assert.ok(!mayConnect(resources, other, postgres, 5432), JSON.stringify(other))
  for (const port of [5432, 8000]) assert.ok(mayConnect(resources, postgres, postgres, port))
  assert.ok(mayConnect(resources, proof, postgres, 5432))
  const [policy] = policiesOf(resources, postgres)
  const peers: Peer[] = policy?.spec.ingress.flatMap(({ from }: Rule) => from ?? [])
  const namespaces = peers.flatMap(({ namespaceSelector }) =>
    namespaceSelector?.matchLabels ? [namespaceSelector.matchLabels] : [],
  )
  assert.deepEqual(namespaces, [{ 'kubernetes.io/metadata.name': 'cnpg-system' }])
  assert.ok(!mayConnect(resources, stranger, postgres, 9187))
  const scraped = await renderChart(['--set', 'postgres.metrics.enabled=true'])
  assert.ok(mayConnect(scraped, stranger, postgres, 9187))
})

test('brokers admit the clients of Kafka', { skip }, async () => {
  const peersOf = async (...args: string[]) => {
    const kafka = (await renderChart(args)).find(({ kind }) => kind === 'Kafka')
    return kafka?.spec.kafka.listeners[0].networkPolicyPeers
  }
  const peers = await peersOf()
  for (const client of [ours('relay-messages'), ours('notifications'), proof])
    assert.ok(admits(peers, client))
  for (const other of [stranger, neighbour, ours('test')]) assert.ok(!admits(peers, other))
  const others = await peersOf('--set', 'kafka.networkPolicy.from[0].podSelector.matchLabels.app=web')
  assert.ok(admits(others, stranger))
})

test('the gateway reaches the services with a route, and what stands before it reaches the gateway only', {
  skip,
}, async () => {
  const from = 'gateway.from[0].podSelector.matchLabels.app=web'
  const resources = await renderChart(['--set', `gateway.type=ingress,${from}`])
  for (const [name, port] of [
    ['messages', 3000],
    ['commissions', 5001],
    ['orders', 5002],
  ] as const) {
    assert.ok(mayConnect(resources, ours('gateway'), ours(name), port))
    assert.ok(!mayConnect(resources, stranger, ours(name), port))
    assert.ok(!mayConnect(resources, ours('message-processor'), ours(name), port))
  }
  assert.ok(!mayConnect(resources, ours('gateway'), ours('relay-messages'), 3002))
  assert.ok(mayConnect(resources, stranger, ours('gateway'), 8000))
})

test('every pod of the release has a policy in both directions, unless it is told to have none', {
  skip,
}, async () => {
  for (const variant of ['default', 'ha', 'external', 'full']) {
    const resources = await renderChart(ciValues(variant))
    const pods = resources.flatMap(({ kind, metadata, spec }) =>
      kind === 'Pod'
        ? [metadata.labels ?? {}]
        : spec?.template?.metadata
          ? [spec.template.metadata.labels]
          : [],
    )
    assert.ok(pods.length > 5)
    for (const labels of [...pods, ours('something-new')]) {
      const types = policiesOf(resources, labels).flatMap(({ spec }) => spec.policyTypes)
      assert.ok(types.includes('Ingress') && types.includes('Egress'), JSON.stringify(labels))
    }
  }
  const open = await renderChart(['--set', 'services.messages.networkPolicy.enabled=false'])
  assert.deepEqual(policiesOf(open, ours('messages')), [])
})
