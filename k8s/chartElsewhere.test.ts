// The chart on clusters of others: where pods run and as whom, what is added to them, and what scales them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expressions } from '../observe/expressions.ts'
import { metricsIn } from '../observe/metricNames.ts'
import { serveResources } from './apiHarness.ts'
import { ciValues, type Resource, renderChart, skipChartTests } from './helm.ts'

const skip = await skipChartTests()

function json(values: object): string[] {
  return Object.entries(values).flatMap(([key, value]) => ['--set-json', `${key}=${JSON.stringify(value)}`])
}

function find(resources: readonly Resource[], kind: string, name = ''): Resource {
  const found = resources.find((one) => one.kind === kind && (name === '' || one.metadata.name === name))
  assert.ok(found, `${kind} ${name}`)
  return found
}

/** The pods of the chart, and what operators are told of theirs, by name. */
function placed(resources: readonly Resource[]): Map<string, Resource['spec']> {
  return new Map(
    resources.flatMap(({ kind, metadata: { name }, spec }): [string, Resource['spec']][] => {
      if (kind === 'Pod') return [[name, spec]]
      if (['Deployment', 'StatefulSet', 'Job'].includes(kind)) return [[name, spec.template.spec]]
      if (kind === 'KafkaNodePool') return [['brokers', spec.template.pod]]
      if (kind === 'Kafka')
        return [
          ['entityOperator', spec.entityOperator.template.pod],
          ['cruiseControl', spec.cruiseControl?.template.pod],
        ]
      return kind === 'Cluster' ? [['postgres', spec.affinity]] : []
    }),
  )
}

const disk = (value: string) => ({ key: 'disk', operator: 'In', values: [value] })

/** The node label that a pod asks for; Strimzi's as a required affinity. */
function diskOf(spec: Resource['spec']): unknown {
  if (spec.nodeSelector) return spec.nodeSelector.disk
  const { nodeSelectorTerms } = spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution
  const [wanted] = nodeSelectorTerms[0].matchExpressions.filter(({ key }: { key: string }) => key === 'disk')
  return wanted.values[0]
}

test('every pod runs where placement says, and where its own values say otherwise there', {
  skip,
}, async () => {
  const zones = [{ matchExpressions: [{ key: 'zone', operator: 'Exists' }] }, {}]
  const resources = await renderChart(
    json({
      placement: {
        nodeSelector: { disk: 'ssd' },
        tolerations: [{ key: 'dedicated', operator: 'Exists' }],
        priorityClassName: 'usual',
      },
      'valkey.enabled': true,
      podSecurity: { runAsUser: 1_000_650_000, runAsGroup: 0, fsGroup: 1_000_650_000 },
      'kafka.replicas': 3,
      'kafka.cruiseControl.enabled': true,
      'kafka.nodeSelector': { disk: 'nvme' },
      'kafka.affinity': {
        nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: zones } },
      },
      'services.orders.nodeSelector': { disk: 'hdd' },
      'services.orders.priorityClassName': 'high',
    }),
  )
  assert.deepEqual(idsOf(resources), ['1000650000,0,1000650000'])
  const all = placed(resources)
  assert.ok(all.size > 30)
  const others: Record<string, string> = { brokers: 'nvme', 'relevo-orders': 'hdd' }
  for (const [name, spec] of all) {
    assert.equal(diskOf(spec), others[name] ?? 'ssd', name)
    assert.deepEqual(spec.tolerations, [{ key: 'dedicated', operator: 'Exists' }], name)
    const data = { brokers: 'relevo-relevo-data', postgres: undefined, 'relevo-orders': 'high' }
    assert.equal(spec.priorityClassName, name in data ? data[name as keyof typeof data] : 'usual', name)
  }
  assert.equal(find(resources, 'Cluster').spec.priorityClassName, 'relevo-relevo-data')
  const required = all.get('brokers').affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution
  assert.deepEqual(
    required.nodeSelectorTerms,
    zones.map(({ matchExpressions = [] }) => ({ matchExpressions: [...matchExpressions, disk('nvme')] })),
    'each of the terms, since one of them is enough',
  )
})

/** The user, group and group of files of every pod of the chart, as distinct triples. */
function idsOf(resources: readonly Resource[]): string[] {
  const contexts = [...placed(resources).values()].flatMap((spec) => spec?.securityContext ?? [])
  assert.ok(contexts.length > 30)
  const ids = contexts.map(({ runAsUser, runAsGroup, fsGroup }) => [runAsUser, runAsGroup, fsGroup].join())
  return [...new Set(ids)]
}

const leftOut = [
  '--set',
  'podSecurity.runAsUser=null,podSecurity.runAsGroup=null,podSecurity.fsGroup=null,migrations.ttlSecondsAfterFinished=null',
  '--set-json',
  `extraObjects=["kind: A\\nmetadata: {name: '{{ .Release.Name }}-a'}"]`,
]

test('pods run as the user of the image, or as whom the cluster says', { skip }, async () => {
  assert.deepEqual(idsOf(await renderChart()), ['1000,1000,1000'])
  assert.deepEqual(idsOf(await renderChart(leftOut)), [',,'])
})

test('what is added is there, and what the chart sets counts more', { skip }, async () => {
  const resources = await renderChart(ciValues('full'))
  const { spec } = find(resources, 'Deployment', 'relevo-messages').spec.template
  assert.deepEqual(
    spec.containers.map(({ name }: { name: string }) => name),
    ['messages', 'proxy'],
  )
  assert.deepEqual(spec.containers[0].envFrom, [
    { secretRef: { name: 'proxy' } },
    { configMapRef: { name: 'relevo-messages' } },
  ])
  const kafka = find(resources, 'Kafka').spec
  assert.equal(kafka.kafka.config['log.retention.ms'], 1000)
  assert.equal(kafka.kafka.config['auto.create.topics.enable'], false, 'merged, not replaced')
  const { jvmOptions } = find(resources, 'KafkaNodePool').spec
  assert.deepEqual(jvmOptions, { '-Xms': '384m', '-Xmx': '384m', gcLoggingEnabled: false })
  assert.equal(find(resources, 'Cluster').spec.logLevel, 'debug')
  assert.deepEqual(find(resources, 'ConfigMap', 'relevo-note').data, { pods: '3' })
  assert.ok(find(await renderChart(leftOut), 'A', 'relevo-a'), 'a further resource as text')
})

test('a secret that pods have in their environment rolls them when it changes', { skip }, async (t) => {
  const checksums = async (uri: string) => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'messages-database' } }
    const live = await serveResources(t, [{ ...secret, data: { 'app-url': uri } }])
    const resources = await renderChart([...live, ...ciValues('external')])
    return ['relevo-messages', 'relevo-commissions'].map(
      (name) => find(resources, 'Deployment', name).spec.template.metadata.annotations?.['checksum/secrets'],
    )
  }
  const [before, other] = await checksums('b25l')
  assert.match(before, /^[0-9a-f]{64}$/)
  assert.equal(other, undefined, 'the others are left alone')
  assert.notEqual((await checksums('dHdv'))[0], before)
})

test('relays and consumers are scaled by how late events are, by a metric that there is', {
  skip,
}, async () => {
  const resources = await renderChart(ciValues('full'))
  const [metric] = find(resources, 'HorizontalPodAutoscaler', 'relevo-relay-shop').spec.metrics.filter(
    ({ type }: { type: string }) => type === 'External',
  )
  assert.deepEqual(metric.external, {
    metric: {
      name: 'relevo_outbox_oldest_pending_seconds',
      selector: { matchLabels: { job: 'relevo/relevo-relay-shop' } },
    },
    target: { type: 'Value', value: '2' },
  })
  const { triggers, maxReplicaCount } = find(resources, 'ScaledObject').spec
  assert.equal(maxReplicaCount, 6, 'as many as partitions')
  assert.deepEqual(
    triggers.map(({ type }: { type: string }) => type),
    ['prometheus'],
  )
  const { query } = triggers[0].metadata
  assert.match(query, /job="relevo\/relevo-message-processor"/)
  const known = new Set(
    expressions().flatMap((expr) => metricsIn(expr).map((name) => name.replace(/_bucket$/, ''))),
  )
  for (const name of [...metricsIn(query), metric.external.metric.name])
    assert.ok(known.has(name.replace(/_(sum|count)$/, '')), name)
  const scaled = resources.filter(({ kind }) => kind === 'HorizontalPodAutoscaler')
  assert.ok(
    !scaled.some(({ metadata }) => metadata.name === 'relevo-message-processor'),
    'KEDA makes its own',
  )
})

test('pods that would have nothing to do are refused, a scaler with nothing to go by, and names that the chart has', {
  skip,
}, async () => {
  const lag = { source: 'keda' }
  const args = json({
    'services.message-processor.hpa': { enabled: true, maxReplicas: 7, lag },
    'services.messages.hpa': { enabled: true, lag: { source: 'external' } },
    'services.commissions.hpa': { enabled: true, targetCpuPercent: 0 },
    'services.messages.extraVolumes': [{ name: 'tmp', emptyDir: {} }],
    'relays.messages.extraContainers': [{ name: 'relay-messages' }],
    'relays.commissions.hpa': { enabled: true, lag },
    'relays.shop.hpa': { enabled: true, maxReplicas: 17, lag: { source: 'external' } },
  })
  await assert.rejects(renderChart(args), ({ stderr }: { stderr: string }) => {
    assert.match(stderr, /message-processor\.hpa\.maxReplicas: 7 pods, and 6 partitions to share/)
    assert.match(stderr, /message-processor\.hpa\.lag\.prometheusUrl/)
    assert.match(stderr, /message-processor\.podMonitor\.enabled/)
    assert.match(stderr, /services\.messages\.hpa\.lag\.source: it consumes nothing/)
    assert.match(stderr, /services\.commissions\.hpa: it has nothing to go by/)
    assert.match(stderr, /relays\.commissions\.hpa\.lag\.source: .*set relays\.commissions\.source to table/)
    assert.match(stderr, /services\.messages\.extraVolumes: the chart has a volume tmp itself/)
    assert.match(stderr, /relays\.messages: a further container is called relay-messages/)
    assert.match(stderr, /relays\.shop\.hpa\.maxReplicas: 17 pods, and 16 shards/)
    return true
  })
})

test('migrations that have ended are removed, unless they are to stay', { skip }, async () => {
  assert.equal(find(await renderChart(), 'Job').spec.ttlSecondsAfterFinished, 86_400)
  assert.equal(find(await renderChart(leftOut), 'Job').spec.ttlSecondsAfterFinished, undefined)
})
