// Groups at a Kafka of two brokers, of which the second can be killed, with an authorizer.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import {
  AclOperations,
  AclPermissionTypes,
  Admin,
  alterPartitionReassignmentsV0,
  ResourcePatternTypes,
  ResourceTypes,
} from '@platformatic/kafka'
import { forAllTests, twoBrokers } from '@relevo/testing'
import { createAdmin } from './admin.ts'
import type { KafkaConfig } from './config.ts'
import { type ConsumerOptions, createConsumer } from './consumer.ts'
import { commitOffsets, coordinatorOf, readCommitted } from './groups.ts'
import type { KafkaError } from './kafkaError.ts'
import { createProducer } from './producer.ts'
import { openSession, type Session } from './session.ts'
import { eventually, testRecord } from './testTopic.ts'

const settings = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': 'true',
}
const kafka = forAllTests((t) => twoBrokers(t, settings))

/** A client of both brokers, a topic that both have, and a group of it with one consumer. */
async function newGroup(t: TestContext, options: Partial<ConsumerOptions> = {}) {
  const { first, second } = kafka()
  const warnings: string[] = []
  const warn = (_: object, text: string) => void warnings.push(text)
  const logger = { debug() {}, info() {}, error() {}, warn }
  const config: KafkaConfig = { brokers: [...first.brokers, ...second().brokers], clientId: 'test', logger }
  const [topic, groupId] = [`topic-${randomUUID()}`, randomUUID()]
  const [admin, producer] = [createAdmin(config), createProducer(config)]
  const session = openSession(config, { connectMs: 3_000, requestMs: 20_000 })
  t.after(() => Promise.all([admin.close(), producer.close(), session.connections.close()]))
  await eventually(async () => (await session.cluster.refresh([])).brokers.length === 2)
  await admin.ensureTopics([{ topic, partitions: 1, replicationFactor: 2 }])
  const seen: string[] = []
  const consumer = createConsumer(config, {
    groupId,
    topics: [topic],
    onBatch: async ({ records }) => void seen.push(...records.map(({ value }) => String(value))),
    ...options,
  })
  t.after(() => consumer.stop())
  const send = (value: string) => eventually(() => isSent(value), `${value} sent`)
  const isSent = (value: string) =>
    producer.send([testRecord(topic, value)]).then(
      () => true,
      () => false,
    )
  const committed = async () => (await admin.groupLag(groupId, [topic]))[0]?.committed
  return { config, topic, groupId, session, consumer, seen, send, committed, warnings }
}

/** Which broker coordinates the group, by its port. */
async function coordinatorPort(session: Session, groupId: string): Promise<number | undefined> {
  return (await coordinatorOf(session, groupId).catch(() => undefined))?.port
}

test('a consumer follows its group to another coordinator, and waits for one that died', async (t) => {
  const { first, second, restartSecond } = kafka()
  const { session, groupId, consumer, seen, send, committed } = await newGroup(t)
  await consumer.start()
  await send('at the first')
  await eventually(async () => (await committed()) === 1n)
  assert.equal(await coordinatorPort(session, groupId), first.port)

  await moveCoordinator(session, groupId, { id: 2, port: second().port })
  await send('at the second')
  await eventually(async () => (await committed()) === 2n)
  assert.equal(consumer.health().joined, true)

  await second().kill()
  await eventually(() => consumer.health().error !== undefined)
  await restartSecond()
  await send('at the second again')
  await eventually(async () => (await committed()) === 3n)
  assert.deepEqual([...new Set(seen)], ['at the first', 'at the second', 'at the second again'])
  await eventually(() => consumer.health().joined)
  assert.equal(consumer.health().crashed, false)
})

type Resource = { readonly type: 'GROUP' | 'TOPIC'; readonly name: string }

/** Has the node coordinate the group, by the one partition of its topic. */
async function moveCoordinator(session: Session, groupId: string, node: { id: number; port: number }) {
  const move = { name: '__consumer_offsets', partitions: [{ partitionIndex: 0, replicas: [node.id] }] }
  const { api } = alterPartitionReassignmentsV0
  await api.async(await session.cluster.anyConnection(), 20_000, false, [move])
  await eventually(async () => (await coordinatorPort(session, groupId)) === node.port)
}

const succeeds = (work: () => Promise<unknown>) =>
  work().then(
    () => true,
    () => false,
  )

test('the coordinator of a group is looked up once, and again after it has moved or died', async (t) => {
  const { first, second, restartSecond } = kafka()
  const { session, groupId, topic } = await newGroup(t)
  await moveCoordinator(session, groupId, { id: 1, port: first.port })
  await eventually(() =>
    succeeds(() => commitOffsets(session, groupId, [{ topic, partition: 0, offset: 0n }])),
  )
  let lookUps = 0
  const cluster = {
    ...session.cluster,
    anyConnection: () => {
      lookUps += 1
      return session.cluster.anyConnection()
    },
  }
  const read = () => readCommitted({ ...session, cluster }, groupId)
  const coordinator = () => session.coordinators.get(groupId)?.port
  for (let n = 0; n < 3; n++) assert.equal((await read()).size, 1)
  assert.deepEqual([coordinator(), lookUps], [first.port, 0])

  await moveCoordinator(session, groupId, { id: 2, port: second().port })
  // The first one may still answer for a moment.
  await eventually(async () => (await succeeds(read)) && coordinator() === second().port)
  assert.ok(lookUps > 0)

  await second().kill()
  await assert.rejects(read())
  assert.equal(coordinator(), undefined)
  await restartSecond()
  await eventually(() => succeeds(read))
  assert.equal(coordinator(), second().port)
})

/** Denies everybody to read it, until what it returns is called. */
async function denyReading(t: TestContext, config: KafkaConfig, { type, name }: Resource) {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [...config.brokers] })
  t.after(() => admin.close())
  const denial = {
    resourceType: ResourceTypes[type],
    resourceName: name,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: 'User:*',
    host: '*',
    operation: AclOperations.READ,
    permissionType: AclPermissionTypes.DENY,
  }
  await admin.createAcls({ creations: [denial] })
  return () => admin.deleteAcls({ filters: [denial] })
}

test('a consumer waits for the right to read its group, and for that to read its topic', async (t) => {
  const { config, topic, groupId, consumer, seen, send, warnings } = await newGroup(t)
  const grantGroup = await denyReading(t, config, { type: 'GROUP', name: groupId })
  const starting = consumer.start()
  await eventually(() => consumer.health().error === 'refused')
  await grantGroup()
  await starting
  await send('1')
  await eventually(() => seen.length === 1)

  const grantTopic = await denyReading(t, config, { type: 'TOPIC', name: topic })
  await eventually(() => warnings.includes('records cannot be fetched; it is tried again'))
  await grantTopic()
  await send('2')
  await eventually(() => seen.length === 2)
  assert.deepEqual(seen, ['1', '2'])
  await eventually(() => consumer.health().joined) // heartbeats were refused, too
  assert.equal(consumer.health().crashed, false)
})

test('a consumer without a right to its group gives up after a while, and says why', async (t) => {
  const crashes: KafkaError[] = []
  const onCrash = (error: KafkaError) => void crashes.push(error)
  const { config, groupId, consumer } = await newGroup(t, { giveUpAfterMs: 200, onCrash })
  await denyReading(t, config, { type: 'GROUP', name: groupId })
  await consumer.start()
  await eventually(() => crashes.length === 1)
  assert.equal(crashes[0]?.brokerCode, 30)
  assert.match(
    crashes[0]?.message ?? '',
    /GROUP_AUTHORIZATION_FAILED \(30\); grant the user .* Read on the group/,
  )
})
