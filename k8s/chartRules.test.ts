// Rules that every render of the chart keeps.
import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { topicDefinition } from '@relevo/contracts'
import { config as commissionsConfig } from '../services/commissions/config.ts'
import { config as processorConfig } from '../services/message-processor/config.ts'
import { config as messagesConfig } from '../services/messages/config.ts'
import { config as notificationsConfig } from '../services/notifications/config.ts'
import { configSpec as relayConfig } from '../services/relay/config.ts'
import { readOutboxes } from '../services/relay/outboxes.ts'
import { allSystems } from '../systems/index.ts'
import { partsOf, topicsWithDeadLetters } from '../systems/parts.ts'
import type { System } from '../systems/system.ts'
import { chartDirectory, ciValues, type Resource, renderChart, skipChartTests } from './helm.ts'
import { type Demand, demands, parseQuantity, total } from './podsOf.ts'

const skip = await skipChartTests()
const variants = ['default', 'ha', 'external', 'full', 'many']
const gibibyte = 1024 ** 3

function isWorkload(kind: string): boolean {
  return kind === 'Deployment' || kind === 'StatefulSet'
}

interface EnvironmentVariable {
  name: string
  valueFrom?: { secretKeyRef?: object }
}

function ofKind(resources: readonly Resource[], kind: string): Resource[] {
  return resources.filter((one) => one.kind === kind)
}

/** Every pod that the chart itself makes. */
function pods(resources: readonly Resource[]): Array<{ name: string; kind: string; spec: Resource['spec'] }> {
  return resources.flatMap(({ kind, metadata: { name }, spec }) => {
    if (kind === 'Pod') return [{ name, kind, spec }]
    return isWorkload(kind) || kind === 'Job' ? [{ name, kind, spec: spec.template.spec }] : []
  })
}

/** The cache: no service of ours, and without settings of its own. */
const valkey = 'relevo-valkey'

for (const variant of variants) {
  test(`${variant}: pods keep to the restricted standard and have no token`, { skip }, async () => {
    const all = pods(await renderChart(ciValues(variant)))
    assert.ok(all.length >= 5)
    for (const { name, spec } of all) {
      assert.equal(spec.automountServiceAccountToken, false, name)
      // Node.js derives its heap from the memory limit, unless it is told another size.
      assert.doesNotMatch(JSON.stringify(spec.containers[0].command ?? []), /max-old-space-size/, name)
      assert.equal(spec.securityContext.runAsNonRoot, true, name)
      assert.equal(spec.securityContext.seccompProfile.type, 'RuntimeDefault', name)
      // The first is the chart's own; what values add is the concern of whoever adds it.
      for (const { securityContext } of spec.containers.slice(0, 1))
        assert.deepEqual(
          securityContext,
          { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
          name,
        )
    }
  })

  test(`${variant}: services have three probes, and a grace period longer than their drain`, {
    skip,
  }, async () => {
    const resources = await renderChart(ciValues(variant))
    const configMaps = new Map(
      resources.filter(({ kind }) => kind === 'ConfigMap').map((one) => [one.metadata.name, one.data]),
    )
    for (const { name, kind, spec } of pods(resources)) {
      if (!isWorkload(kind)) continue
      const [container] = spec.containers
      assert.ok(container.resources.requests.cpu && container.resources.limits.memory, name)
      if (name === valkey) continue
      assert.equal(container.startupProbe.httpGet.path, '/health', name)
      assert.equal(container.livenessProbe.httpGet.path, '/health', name)
      assert.equal(container.readinessProbe.httpGet.path, '/serving', name)
      const { SHUTDOWN_DRAIN_MS, SHUTDOWN_GRACE_MS } = configMaps.get(name)
      const seconds = (Number(SHUTDOWN_DRAIN_MS) + Number(SHUTDOWN_GRACE_MS)) / 1_000
      assert.ok(spec.terminationGracePeriodSeconds > seconds, name)
    }
  })

  test(`${variant}: what the gateway leads to, and itself, drains before it stops`, {
    skip,
  }, async () => {
    const resources = await renderChart(ciValues(variant))
    const settings = (name: string) =>
      ofKind(resources, 'ConfigMap').find(({ metadata }) => metadata.name === `relevo-${name}`)?.data
    const asked = settings('gateway')
      .GATEWAY_SERVICES.split(',')
      .map((entry: string) => entry.split('=')[0])
    assert.ok(asked.length > 0, variant)
    for (const service of [...asked, 'gateway'])
      assert.ok(Number(settings(service).SHUTDOWN_DRAIN_MS) > 0, service)
  })

  test(`${variant}: a change of a setting rolls the pods that have it, and no others`, { skip }, async () => {
    const annotations = async (args: string[]) => {
      const resources = await renderChart([...ciValues(variant), ...args])
      const workloads = resources.filter(({ kind, metadata }) => isWorkload(kind) && metadata.name !== valkey)
      return new Map(workloads.map((one) => [one.metadata.name, one.spec.template.metadata.annotations]))
    }
    const before = await annotations([])
    const relay = variant === 'many' ? 'all' : 'messages'
    const after = await annotations(['--set', `relays.${relay}.env.PAGE_ROWS=500`])
    const changed = [...before].filter(([name, value]) => {
      return value['checksum/config'] !== after.get(name)['checksum/config']
    })
    assert.deepEqual(
      changed.map(([name]) => name),
      [`relevo-relay-${relay}`],
    )
  })
}

/** What Strimzi's chart and the pods of kube-system request: etcd, two of CoreDNS, and kindnet. CloudNativePG's requests nothing. */
const besideBytes = ((384 + 290) / 1_024) * gibibyte
/** What small services use when idle, in a cluster. */
const idleBytes = (128 / 1_024) * gibibyte

test('what all systems together request fits in 2 cores and 6 GiB, with migrations, operators and Kubernetes', {
  skip,
}, async () => {
  const all = demands(await renderChart())
  assert.equal(all.length, processesOf(allSystems))
  assert.ok(total(all, 'requests', 'cpu') <= 2)
  assert.ok(total(all, 'requests', 'memory') + besideBytes <= 6 * gibibyte)
  assert.ok(total(withoutMigrations(all), 'requests', 'memory') <= 4.2 * gibibyte)
  for (const { name, resources } of all) assert.ok(resources.limits?.memory && resources.requests?.cpu, name)
  // Pods that use more than they request are evicted first.
  for (const each of withoutMigrations(all))
    assert.ok(total([{ ...each, count: 1 }], 'requests', 'memory') >= idleBytes, each.name)
})

/** There is one for all systems. */
const forAll = new Set(['relevo-gateway', 'relevo-console'])

for (const system of allSystems)
  test(`${system.name} alone is installed whole, and fits in 2 cores and 4 GiB by its limits, once the migrations have ended`, {
    skip,
  }, async () => {
    const resources = await renderChart(only(system.name))
    const all = demands(resources)
    // The gateway is installed for each system, and described by one.
    const hasGateway = system.services.some(({ gateway }) => gateway)
    assert.equal(all.length, processesOf([system]) + (hasGateway ? 0 : 1))
    assert.ok(total(all, 'requests', 'cpu') <= 2)
    const own = withoutMigrations(all).filter(({ name }) => !forAll.has(name))
    assert.ok(total(own, 'limits', 'memory') <= 4 * gibibyte)
    const topics = ofKind(resources, 'KafkaTopic').map(({ spec }) => spec.topicName)
    const expected = topicsWithDeadLetters(system).map(({ name }) => name)
    assert.deepEqual(topics.sort(), expected.sort())
  })

function withoutMigrations(all: readonly Demand[]): Demand[] {
  return all.filter(({ name }) => !name.includes('-migrate-'))
}

/** The processes and migrations of systems, and Postgres, Kafka and the two entity operators. */
function processesOf(systems: readonly System[]): number {
  return systems.flatMap(partsOf).length + systems.flatMap(({ databases }) => databases).length + 4
}

/** Arguments that leave the other systems out. */
function only(name: string): string[] {
  return allSystems.flatMap((system) =>
    system.name === name ? [] : ['--set', `systems.${system.name}.enabled=false`],
  )
}

test('the sums count replicas and know units', { skip: false }, () => {
  const resources = { requests: { cpu: '250m' }, limits: { memory: '512Mi' } }
  const all = [
    { name: 'a', count: 3, resources },
    { name: 'b', count: 1, resources: { requests: { cpu: 1 } } },
  ]
  assert.equal(total(all, 'requests', 'cpu'), 1.75)
  assert.equal(total(all, 'limits', 'memory'), 1.5 * gibibyte)
  assert.throws(() => parseQuantity('1 GB'), /no quantity/)
})

test('two releases in one namespace share nothing', { skip }, async () => {
  const [one, other] = await Promise.all([renderChart(), renderChart([], { release: 'other' })])
  const names = new Set(one.map(({ kind, metadata }) => `${kind}/${metadata.name}`))
  assert.deepEqual(
    other.filter(({ kind, metadata }) => names.has(`${kind}/${metadata.name}`)),
    [],
  )
  for (const { kind, spec, metadata } of one.filter(({ kind }) => isWorkload(kind)))
    assert.equal(
      spec.selector.matchLabels['app.kubernetes.io/instance'],
      'relevo',
      `${kind} ${metadata.name}`,
    )
})

test('the topics are those of the catalogue', { skip }, async () => {
  const rendered = (await renderChart()).filter(({ kind }) => kind === 'KafkaTopic')
  const asDefinitions = rendered.map(({ spec }) => {
    const { 'min.insync.replicas': _, ...config } = spec.config
    const texts = Object.entries(config).map(([key, value]) => [key, String(value)])
    return { topic: spec.topicName, partitions: spec.partitions, config: Object.fromEntries(texts) }
  })
  const byTopic = (a: { topic: string }, b: { topic: string }) => (a.topic < b.topic ? -1 : 1)
  assert.deepEqual(
    asDefinitions.sort(byTopic),
    allSystems.flatMap(topicsWithDeadLetters).map(topicDefinition).sort(byTopic),
  )
})

test('every variable that the chart sets is one that the service knows', { skip }, async () => {
  const resources = await renderChart(ciValues('external'))
  const specs = {
    'relevo-messages': messagesConfig,
    'relevo-message-processor': processorConfig,
    'relevo-relay-messages': relayConfig,
    'relevo-commissions': commissionsConfig,
    'relevo-notifications': notificationsConfig,
    'relevo-relay-commissions': relayConfig,
  }
  for (const [name, { variables }] of Object.entries(specs)) {
    const known = new Set(Object.values(variables).map((variable: { name: string }) => variable.name))
    const configMap = resources.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name)
    const pod = pods(resources).find((one) => one.name === name)
    const fromSecrets = pod?.spec.containers[0].env.map((variable: { name: string }) => variable.name)
    const unknown = [...Object.keys(configMap?.data), ...fromSecrets].filter(
      (variable) => !known.has(variable),
    )
    assert.deepEqual(unknown, [], name)
  }
})

test('whoever knows of operators has their token, also where several services run one program', {
  skip,
}, async () => {
  const known = JSON.parse(await readFile(join(chartDirectory, 'files/variables.json'), 'utf8'))
  const workloads = (await renderChart(ciValues('default'))).filter(({ kind }) => isWorkload(kind))
  const wanting = workloads.filter(({ spec }) => {
    const [, program = ''] =
      /services\/([^/]+)\//.exec(String(spec.template.spec.containers[0].command)) ?? []
    return known[program]?.includes('OPERATOR_TOKEN_FILE')
  })
  const names = wanting.map(({ metadata: { name } }) => name)
  for (const name of ['relevo-shop-notifications', 'relevo-users-notifications', 'relevo-relay-shop'])
    assert.ok(names.includes(name), name)
  for (const { metadata, spec } of wanting) {
    const volumes: { name: string }[] = spec.template.spec.volumes
    assert.ok(
      volumes.some(({ name }) => name === 'operator'),
      metadata.name,
    )
  }
})

test('where users and gateway are installed every service asks who sends a request, and hears whose token is refused', {
  skip,
}, async () => {
  const askersOf = async (...sets: string[]) => {
    const resources = await renderChart(sets.flatMap((each) => ['--set', each]))
    const settings = ofKind(resources, 'ConfigMap').filter(({ data }) => data?.PORT)
    const users = new Map(ofKind(resources, 'KafkaUser').map((one) => [one.metadata.name, one.spec]))
    const topicsOf = (name: string) =>
      (users.get(name)?.authorization.acls ?? []).flatMap(
        ({ resource, operations }: { resource: { name: string }; operations: readonly string[] }) =>
          operations.includes('Read') ? [resource.name] : [],
      )
    return settings.map(({ metadata: { name }, data }) => ({
      name,
      asks: data?.AUTH === 'on',
      hears: ['USER_DISABLED', 'USER_DELETED'].every((topic) => topicsOf(name).includes(topic)),
      brokers: data?.KAFKA_BROKERS,
    }))
  }
  const all = await askersOf()
  assert.ok(all.length > 12)
  for (const { name, asks, hears, brokers } of all) {
    assert.ok(asks && hears && brokers, name)
  }
  const without = await askersOf('systems.users.enabled=false')
  assert.deepEqual(
    without.flatMap(({ name, asks }) => (asks ? [name] : [])),
    ['relevo-gateway'],
  )
  const off = await askersOf('auth.enabled=false')
  const stillAsking = off.flatMap(({ name, asks }) => (asks ? [name] : [])).sort()
  assert.deepEqual(stillAsking, ['relevo-gateway', 'relevo-profiles', 'relevo-users'])
  const on = await askersOf(
    'auth.enabled=true',
    'systems.users.enabled=false',
    'auth.jwksUrl=https://id.example/keys',
  )
  assert.ok(on.every(({ asks, hears }) => asks && !hears))
  const one = await askersOf('services.orders.env.AUTH=off')
  assert.deepEqual(
    one.flatMap(({ name, asks }) => (asks ? [] : [name])),
    ['relevo-orders'],
  )
})

test('helm test has the token of operators', { skip }, async () => {
  const pods = ofKind(await renderChart(), 'Pod')
  assert.ok(pods.length >= 4)
  for (const { spec, metadata } of pods) {
    assert.equal(spec.volumes?.[0]?.secret?.secretName, 'relevo-operator', metadata.name)
    assert.equal(spec.containers[0].volumeMounts[0].mountPath, '/etc/relevo/operator', metadata.name)
  }
})

test('a relay of several outboxes is told where each is and as whom, and from which table or log it reads', {
  skip,
}, async () => {
  const resources = await renderChart(ciValues('many'))
  const configMap = resources.find(
    ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'relevo-relay-all',
  )
  const { outboxes, problems } = readOutboxes(configMap?.data)
  assert.deepEqual(problems, [])
  const facts = outboxes.map(({ name, databaseUrl, relaySource, eventSource }) => {
    const url = new URL(typeof databaseUrl === 'string' ? databaseUrl : databaseUrl())
    return [name, url.username, url.pathname, url.searchParams.get('sslcert'), relaySource, eventSource]
  })
  const expected = ['messages', 'commissions', 'notifications'].map((name) => [
    name,
    `${name}_relay`,
    `/${name}`,
    `/etc/relevo/postgres/${name}/tls.crt`,
    name === 'notifications' ? 'table' : 'wal',
    `/relevo/${name}`,
  ])
  assert.deepEqual(facts, expected)
  const relay = pods(resources).find(({ name }) => name === 'relevo-relay-all')
  const volume = relay?.spec.volumes.find(({ name }: { name: string }) => name === 'postgres')
  const paths = volume.projected.sources.flatMap(({ secret }: { secret: { items: { path: string }[] } }) =>
    secret.items.map(({ path }) => path),
  )
  const own = (name: string) => [`${name}/tls.crt`, `${name}/tls.key`]
  assert.deepEqual(paths, ['ca.crt', ...['messages', 'commissions', 'notifications'].flatMap(own)])
})

test('a new version of the chart and other common labels leave brokers and Postgres instances alone', {
  skip,
}, async (t) => {
  const newer = await mkdtemp(join(tmpdir(), 'relevo-chart-'))
  t.after(() => rm(newer, { recursive: true }))
  await cp(chartDirectory, newer, { recursive: true })
  const manifest = await readFile(join(newer, 'Chart.yaml'), 'utf8')
  await writeFile(join(newer, 'Chart.yaml'), manifest.replaceAll(/ersion: 0\.\d+\.\d+/g, 'ersion: 9.9.9'))
  for (const variant of ['default', 'ha', 'full']) {
    const before = await renderChart(ciValues(variant))
    const args = [...ciValues(variant), '--set', 'commonLabels.team=other']
    const after = await renderChart(args, { directory: newer })
    assert.match(JSON.stringify(after), /relevo-9\.9\.9/, 'the version is another')
    for (const kind of ['Kafka', 'KafkaNodePool', 'Cluster'])
      assert.deepEqual(ofKind(after, kind), ofKind(before, kind), `${variant}: ${kind}`)
    const templates = (resources: Resource[]) =>
      ofKind(resources, 'Deployment').map(({ spec: { template } }) => ({
        ...template,
        metadata: {
          // Where there is no cluster to look it up in, the password of the cache is another in each render.
          annotations: { ...template.metadata.annotations, 'checksum/secrets': '' },
          labels: { ...template.metadata.labels, team: '' },
        },
      }))
    assert.deepEqual(templates(after), templates(before), `${variant}: pods of services`)
  }
})

test('an entity operator that starts slowly is not killed for it', { skip }, async () => {
  const [kafka] = ofKind(await renderChart(), 'Kafka')
  for (const operator of [
    kafka?.spec.entityOperator.topicOperator,
    kafka?.spec.entityOperator.userOperator,
  ]) {
    const { initialDelaySeconds, periodSeconds, failureThreshold } = operator.livenessProbe
    assert.ok(initialDelaySeconds + periodSeconds * failureThreshold >= 120)
    assert.ok(parseQuantity(operator.resources.requests.cpu) >= 0.1)
  }
})

test('what a running pod may be given anew, it has as files and not in its environment', {
  skip,
}, async () => {
  for (const variant of ['default', 'external']) {
    const resources = await renderChart(ciValues(variant))
    for (const { name, spec } of pods(resources)) {
      const secrets = (spec.containers[0].env ?? []).flatMap(({ name, valueFrom }: EnvironmentVariable) =>
        valueFrom?.secretKeyRef ? [name] : [],
      )
      // A URL and a user's name of existing servers: docs/kubernetes.md tells to roll the pods.
      const expected = variant === 'external' ? ['DATABASE_URL', 'KAFKA_SASL_USERNAME', 'REDIS_URL'] : []
      assert.deepEqual(
        secrets.filter((secret: string) => !expected.includes(secret)),
        [],
        name,
      )
    }
    const relay = pods(resources).find(({ name }) => name === 'relevo-relay-commissions')
    const kafka = relay?.spec.volumes.find(({ name }: { name: string }) => name === 'kafka')
    assert.deepEqual(
      kafka.projected.sources.map(
        ({ secret }: { secret: { items: Array<{ path: string }> } }) => secret.items[0]?.path,
      ),
      ['ca.crt', 'password'],
    )
  }
})

test('slots are synchronised where there is a replica to take them, and only there', { skip }, async () => {
  const slots = async (variant: string) =>
    ofKind(await renderChart(ciValues(variant)), 'Cluster')[0]?.spec.replicationSlots.highAvailability
  assert.deepEqual(await slots('default'), { enabled: false, synchronizeLogicalDecoding: false })
  assert.deepEqual(await slots('ha'), { enabled: true, synchronizeLogicalDecoding: true })
})

test('what is meant for brokers does not select the entity operator', { skip }, async () => {
  // Strimzi labels both `strimzi.io/kind: Kafka`.
  for (const variant of variants)
    assert.doesNotMatch(JSON.stringify(await renderChart(ciValues(variant))), /strimzi\.io\/kind/)
})

test('the cache is there where it is asked for, for the services that have one, and nobody else may connect', {
  skip,
}, async () => {
  const named = (resources: Resource[]) => resources.filter(({ metadata }) => metadata.name === valkey)
  assert.deepEqual(named(await renderChart()), [])
  assert.deepEqual(
    named(await renderChart(['--set', 'valkey.enabled=true,systems.messages.enabled=false'])),
    [],
  )
  const resources = await renderChart(['--set', 'valkey.enabled=true'])
  assert.deepEqual(
    named(resources)
      .map(({ kind }) => kind)
      .sort(),
    ['Deployment', 'NetworkPolicy', 'Secret', 'Service'],
  )
  const having = pods(resources).filter(({ spec }) =>
    spec.containers[0].env?.some((variable: EnvironmentVariable) => variable.name === 'REDIS_URL'),
  )
  assert.deepEqual(
    having.map(({ name }) => name),
    ['relevo-messages'],
  )
  const both = ['--set', 'valkey.enabled=true,valkey.external.existingSecret=cache']
  await assert.rejects(renderChart(both), /valkey: both one of the chart's own/)
  const twice = ['--set', 'valkey.enabled=true,services.messages.env.REDIS_URL=redis://cache']
  await assert.rejects(renderChart(twice), /the chart sets REDIS_URL itself; use valkey/)
})
