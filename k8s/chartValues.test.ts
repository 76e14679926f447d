// Values that are wrong are refused, with the key that is wrong.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ciValues, helmIsMissing, renderChart } from './helm.ts'

const skip = await helmIsMissing()

const refused: Array<[what: string, args: string, message: RegExp]> = [
  ['a typo', 'kafka.replikas=3', /\/kafka.*replikas/],
  ['a typo in a service', 'services.relay.replica=3', /\/services\/relay.*replica/s],
  ['a wrong type', 'kafka.replicas=three', /\/kafka\/replicas/],
  ['an unknown choice', 'gateway.type=nginx', /\/gateway\/type/],
  ['an unknown role', 'services.relay.database.role=admin', /\/services\/relay.*role/s],
  ['a size without a unit', 'postgres.storage.size=2', /\/postgres\/storage\/size/],
  ['the tag latest', 'image.tag=latest', /\/image\/tag/],
  ['a service without a command', 'services.orders.port=5002', /\/services\/orders.*command/s],
  ['a privileged port', 'services.relay.port=80', /\/services\/relay\/port/],
  [
    'more copies than brokers',
    'kafka.replicationFactor=3',
    /kafka\.replicationFactor: .*kafka\.replicas is 1/,
  ],
  ['more copies in sync than there are', 'kafka.minInsyncReplicas=2', /kafka\.minInsyncReplicas/],
  ['two controllers', 'kafka.replicas=2', /kafka\.replicas/],
  ['an external Kafka without brokers', 'kafka.enabled=false', /kafka\.external\.bootstrapServers/],
  [
    'an external login without a secret',
    'kafka.enabled=false,kafka.external.bootstrapServers=k:9092,kafka.external.sasl.mechanism=plain',
    /kafka\.external\.sasl\.existingSecret/,
  ],
  ['an external Postgres without a secret', 'postgres.enabled=false', /messages\.external\.existingSecret/],
  ['as many synchronous replicas as instances', 'postgres.synchronousReplicas=1', /postgres\.synchronousRep/],
  ['a database that is not there', 'services.relay.database.name=orders', /services\.relay\.database\.name/],
  [
    'a database without migrations',
    'postgres.databases.orders.external.existingSecret=x',
    /migrate\.command/,
  ],
  ['a topic that is not there', 'services.relay.kafka.write={orders}', /services\.relay\.kafka.*orders/],
  [
    'a scaler upside down',
    'services.relay.hpa.enabled=true,services.relay.hpa.minReplicas=5',
    /services\.relay\.hpa\.minReplicas/,
  ],
  [
    'a node port of a ClusterIP',
    'services.relay.service.nodePort=30080',
    /services\.relay\.service\.nodePort/,
  ],
  [
    'a route to nowhere',
    'gateway.type=ingress,gateway.routes[0].path=/,gateway.routes[0].service=web',
    /gateway\.routes/,
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
  const set = 'services.relay=null,serviceDefaults.pdb.enabled=true,services.messages.pdb.enabled=false'
  const resources = await renderChart(['--set', set])
  const names = (kind: string) => resources.filter((one) => one.kind === kind).map((one) => one.metadata.name)
  assert.deepEqual(names('Deployment').sort(), ['relevo-message-processor', 'relevo-messages'])
  assert.deepEqual(names('PodDisruptionBudget'), ['relevo-message-processor'])
  assert.deepEqual(names('KafkaUser'), ['relevo-message-processor'])
})

test('a further database is one entry', { skip }, async () => {
  const resources = await renderChart([
    '--set',
    'postgres.databases.orders.migrate.command={node,migrate.ts}',
  ])
  const jobs = resources.filter(({ kind }) => kind === 'Job')
  assert.equal(jobs.length, 2)
  const roles = resources.filter(({ kind }) => kind === 'DatabaseRole').map(({ spec }) => spec.name)
  assert.deepEqual(roles.sort(), [
    'messages_app',
    'messages_owner',
    'messages_relay',
    'orders_app',
    'orders_owner',
    'orders_relay',
  ])
})

test('values that are external need no operator', { skip }, async () => {
  const resources = await renderChart(ciValues('external'))
  const groups = new Set(resources.map(({ apiVersion }) => apiVersion.split('/')[0]))
  assert.deepEqual(
    [...groups].filter((group) => /strimzi|cnpg/.test(group ?? '')),
    [],
  )
})
