// Values that are wrong are refused, with the key that is wrong.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { allSystems } from '../systems/index.ts'
import { formatVariables, variablesFile } from './chartVariables.ts'
import { ciValues, renderChart, skipChartTests } from './helm.ts'

const skip = await skipChartTests()

const refused: Array<[what: string, args: string, message: RegExp]> = [
  ['a typo', 'kafka.replikas=3', /\/kafka.*replikas/],
  ['a typo in a service', 'services.messages.replica=3', /\/services\/messages.*replica/s],
  [
    'an unknown system',
    'services.messages.systems={shopping}',
    /services\.messages\.systems.*systems\.shopping/,
  ],
  [
    'no system at all',
    'systems.messages.enabled=false,systems.commissions.enabled=false,systems.shop.enabled=false,systems.users.enabled=false',
    /systems: none is enabled/,
  ],
  ['a wrong type', 'kafka.replicas=three', /\/kafka\/replicas/],
  ['an unknown choice', 'gateway.type=nginx', /\/gateway\/type/],
  ['an answer that is none', 'auth.enabled=maybe', /\/auth\/enabled/],
  ['an unknown role', 'services.messages.database.role=admin', /\/services\/messages.*role/s],
  ['an unknown source of events', 'relays.messages.source=log', /\/relays\/messages\/source/],
  [
    'a source by its variable',
    'relays.messages.env.RELAY_SOURCE=wal',
    /\/relays\/messages\/env.*RELAY_SOURCE/s,
  ],
  ['a slot that Postgres would refuse', 'relays.messages.slot=My-Slot', /\/relays\/messages\/slot/],
  ['a relay of no database', 'relays.invoices.kafka.write={messages}', /\/relays\/invoices.*database/s],
  [
    'a second relay of an outbox',
    'relays.second.database=messages,relays.second.kafka.write={messages}',
    /relays\.second\.database: relays\.messages/,
  ],
  [
    'a second relay of one of several outboxes',
    'relays.second.databases={notifications,messages},relays.second.kafka.write={messages}',
    /relays\.second\.databases: relays\.messages has the outbox/,
  ],
  [
    'one of several outboxes that is not there',
    'relays.second.databases={notifications,invoices},relays.second.kafka.write={messages}',
    /relays\.second\.databases: there is no postgres\.databases\.invoices/,
  ],
  [
    'one slot for several outboxes',
    'relays.second.databases={notifications,invoices},relays.second.slot=s,relays.second.kafka.write={messages}',
    /relays\.second\.slot: .*NOTIFICATIONS_RELAY_SLOT/,
  ],
  [
    'a variable of one of several outboxes that the chart sets',
    'relays.second.databases={notifications,invoices},relays.second.env.INVOICES_DATABASE_URL=x,relays.second.kafka.write={messages}',
    /relays\.second\.env: the chart sets INVOICES_DATABASE_URL itself; use relays\.second\.databases/,
  ],
  [
    'one outbox beside several',
    'relays.messages.databases={notifications,commissions}',
    /\/relays\/messages/,
  ],
  [
    'a relay among the services',
    'services.relay.port=3002,services.relay.command={node}',
    /services\.relay: .*relays\.<name>/,
  ],
  [
    'slots that may retain without a limit',
    'postgres.parameters.max_slot_wal_keep_size=null',
    /\/postgres\/parameters.*max_slot_wal_keep_size/s,
  ],
  [
    'slots that may fill the disk',
    'postgres.storage.size=1Gi',
    /max_slot_wal_keep_size: 1GB is more than half of postgres\.storage\.size, 1Gi/,
  ],
  ['a volume without a size', 'services.commissions.volume.path=/data', /\/services\/commissions\/volume/],
  ['a size without a unit', 'postgres.storage.size=2', /\/postgres\/storage\/size/],
  [
    'the tag latest',
    'image.tag=latest',
    /image\.tag: latest names another image after each push.*image\.digest/,
  ],
  ['a service without a command', 'services.invoices.port=5002', /\/services\/invoices.*command/s],
  ['a privileged port', 'services.messages.port=80', /\/services\/messages\/port/],
  [
    'more copies than brokers',
    'kafka.replicationFactor=3',
    /kafka\.replicationFactor: .*kafka\.replicas is 1/,
  ],
  ['more copies in sync than there are', 'kafka.minInsyncReplicas=2', /kafka\.minInsyncReplicas/],
  [
    'a heap that leaves nothing of the memory',
    'kafka.heap=700m',
    /kafka\.heap: 700m leaves less than 128 MiB of kafka\.resources\.limits\.memory, 800Mi/,
  ],
  [
    'buffers above the memory',
    'postgres.parameters.shared_buffers=2GB',
    /shared_buffers: 2GB do not fit in postgres\.resources\.limits\.memory, 1Gi/,
  ],
  [
    'an option of brokers that the chart sets',
    'kafka.config.min\\.insync\\.replicas=2',
    /kafka\.config: .*min\.insync\.replicas.*use kafka\.minInsyncReplicas/,
  ],
  [
    'the same for a topic',
    'kafka.topics.messages.config.min\\.insync\\.replicas=2',
    /kafka\.topics\.messages\.config: .*use kafka\.minInsyncReplicas/,
  ],
  [
    'a log that neither replicas nor relays can read',
    'postgres.parameters.wal_level=minimal',
    /wal_level: with minimal Postgres can have neither/,
  ],
  [
    'a log that no relay can read',
    'postgres.parameters.wal_level=replica',
    /wal_level: a relay reads the write-ahead log of commissions/,
  ],
  [
    'a variable that the service does not know',
    'services.messages.env.ACK_WAIT=1',
    /services\.messages\.env: messages has no variable ACK_WAIT; services\/messages\/config\.ts/,
  ],
  [
    'the same of a relay',
    'relays.messages.env.PAGE_SIZE=1',
    /relays\.messages\.env: relay has no variable PAGE_SIZE/,
  ],
  [
    'a variable that the chart sets',
    'services.messages.env.PORT=3009',
    /services\.messages\.env: the chart sets PORT itself; use services\.messages\.port/,
  ],
  [
    'a secret that the chart sets',
    'services.message-processor.extraEnv[0].name=KAFKA_SASL_PASSWORD',
    /message-processor\.extraEnv: the chart sets KAFKA_SASL_PASSWORD/,
  ],
  [
    'a variable twice',
    'services.messages.env.ACK_WAIT_MS=1,services.messages.extraEnv[0].name=ACK_WAIT_MS',
    /services\.messages\.extraEnv: ACK_WAIT_MS is set twice/,
  ],
  ['a label that the chart sets', 'commonLabels.app\\.kubernetes\\.io/name=x', /\/commonLabels/],
  ['two controllers', 'kafka.replicas=2', /kafka\.replicas/],
  ['an external Kafka without brokers', 'kafka.enabled=false', /kafka\.external\.bootstrapServers/],
  [
    'an external login without a secret',
    'kafka.enabled=false,kafka.external.bootstrapServers=k:9092,kafka.external.sasl.mechanism=plain',
    /kafka\.external\.sasl\.existingSecret/,
  ],
  ['an external Postgres without a secret', 'postgres.enabled=false', /messages\.external\.existingSecret/],
  ['as many synchronous replicas as instances', 'postgres.synchronousReplicas=1', /postgres\.synchronousRep/],
  ['a database that is not there', 'services.messages.database.name=a', /services\.messages\.database\.name/],
  [
    'an outbox that is not there',
    'relays.messages.database=invoices',
    /relays\.messages\.database: .*invoices/,
  ],
  [
    'a database without migrations',
    'postgres.databases.invoices.external.existingSecret=x',
    /migrate\.command/,
  ],
  [
    'a topic that is not there',
    'relays.messages.kafka.write={invoices}',
    /relays\.messages\.kafka.*invoices/,
  ],
  [
    'a scaler upside down',
    'relays.messages.hpa.enabled=true,relays.messages.hpa.minReplicas=5',
    /relays\.messages\.hpa\.minReplicas/,
  ],
  [
    'a node port of a ClusterIP',
    'services.messages.service.nodePort=30080',
    /services\.messages\.service\.nodePort/,
  ],
  [
    'an Ingress to nowhere',
    'gateway.type=ingress,services.gateway.enabled=false',
    /gateway\.type: ingress leads to services\.gateway/,
  ],
  ['a route of no Gateway', 'gateway.type=httpRoute', /gateway\.httpRoute\.parentRefs/],
  ['a certificate for no host', 'gateway.type=ingress,gateway.ingress.tlsSecret=t', /gateway\.host/],
  ['a name taken by the chart', 'services.kafka.port=3005,services.kafka.command={node}', /services\.kafka/],
  ['a name that gets too long', 'fullnameOverride=a-name-of-more-than-26-letters', /fullnameOverride/],
]

for (const [what, set, message] of refused) {
  test(`${what} is refused: ${set}`, { skip }, async () => {
    await assert.rejects(renderChart(['--set', set]), (error: { stderr: string }) => {
      assert.match(error.stderr, message)
      return true
    })
  })
}

test('every combination that is wrong is told at once', { skip }, async () => {
  const set = 'kafka.replicationFactor=3,postgres.synchronousReplicas=1,gateway.type=httpRoute'
  await assert.rejects(renderChart(['--set', set]), (error: { stderr: string }) => {
    assert.match(error.stderr, /kafka\.replicationFactor.*postgres\.synchronousReplicas.*parentRefs/s)
    return true
  })
})

test('a service can be left out, and false values override defaults', { skip }, async () => {
  const set =
    'systems.shop.enabled=false,systems.users.enabled=false,relays=null,services.commissions=null,services.gateway.enabled=false,services.notifications.enabled=false,services.messages.pdb.enabled=false'
  const resources = await renderChart(['--set', set])
  const names = (kind: string) => resources.filter((one) => one.kind === kind).map((one) => one.metadata.name)
  assert.deepEqual(names('Deployment').sort(), ['relevo-message-processor', 'relevo-messages'])
  assert.deepEqual(names('PodDisruptionBudget'), ['relevo-message-processor'])
  assert.deepEqual(names('KafkaUser'), ['relevo-message-processor'])
})

test('a further database is one entry', { skip }, async () => {
  const resources = await renderChart([
    '--set',
    'postgres.databases.invoices.migrate.command={node,migrate.ts}',
  ])
  const jobs = resources.filter(({ kind }) => kind === 'Job')
  assert.equal(jobs.length, allSystems.flatMap(({ databases }) => databases).length + 1)
  const roles = resources.filter(({ kind }) => kind === 'DatabaseRole').map(({ spec }) => spec.name)
  assert.deepEqual(roles.filter((name) => name.startsWith('invoices')).sort(), [
    'invoices_app',
    'invoices_owner',
    'invoices_relay',
  ])
})

test('the role of a relay may replicate where the relay reads the write-ahead log, and nowhere else', {
  skip,
}, async () => {
  const mayReplicate = async (...args: string[]) => {
    const roles = (await renderChart(args)).filter(({ kind }) => kind === 'DatabaseRole')
    return roles.flatMap(({ spec }) => (spec.replication ? spec.name : []))
  }
  assert.deepEqual(await mayReplicate(), ['commissions_relay'])
  assert.deepEqual(await mayReplicate('--set', 'relays.commissions.source=table'), [])
  assert.deepEqual(
    await mayReplicate('--set', 'relays.messages.source=wal,relays.commissions.enabled=false'),
    ['messages_relay'],
  )
})

test('a service with a volume has one for each pod, one without is a Deployment', { skip }, async () => {
  const kindsOf = async (...args: string[]) => {
    const resources = await renderChart(['--set', 'services.notifications.hpa.enabled=true', ...args])
    const found = resources.filter(({ metadata }) => metadata.name === 'relevo-notifications')
    const scaled = found.find(({ kind }) => kind === 'HorizontalPodAutoscaler')
    return [
      found.map(({ kind }) => kind).filter((kind) => /Set|Deployment/.test(kind)),
      scaled?.spec.scaleTargetRef.kind,
    ]
  }
  assert.deepEqual(await kindsOf(), [['StatefulSet'], 'StatefulSet'])
  const without = 'services.notifications.volume=null'
  assert.deepEqual(await kindsOf('--set', without), [['Deployment'], 'Deployment'])
})

test('values that are external need no operator', { skip }, async () => {
  const resources = await renderChart(ciValues('external'))
  const groups = new Set(resources.map(({ apiVersion }) => apiVersion.split('/')[0]))
  assert.deepEqual(
    [...groups].filter((group) => /strimzi|cnpg/.test(group ?? '')),
    [],
  )
})

test('the variables that the chart checks by are those of the services: node k8s/chartVariables.ts', async () => {
  assert.deepEqual(JSON.parse(await readFile(variablesFile, 'utf8')), JSON.parse(await formatVariables()))
})
