import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { createAdmin } from './admin.ts'
import { createConsumer } from './consumer.ts'
import { readAssignment } from './inspectGroups.ts'
import { partitionOf } from './murmur2.ts'
import { createProducer } from './producer.ts'
import { eventually, testRecord, testTopic } from './testTopic.ts'

const bounds = { maxRecords: 100, maxBytes: 1 << 20, maxMs: 10_000 }

/** A topic with ten records a partition, in batches of one codec or the other. */
async function filledTopic(t: { after(end: () => unknown): void }, partitions: number) {
  const { config, topic } = await testTopic(partitions, { 'retention.ms': '-1' })
  const admin = createAdmin(config)
  const [plain, zipped] = [createProducer(config), createProducer(config, { compression: 'gzip' })]
  t.after(() => Promise.all([admin.close(), plain.close(), zipped.close()]))
  const keys = Array.from({ length: 200 }, (_, n) => `key-${n}`)
  const keyOf = (partition: number) => keys.find((key) => partitionOf(key, partitions) === partition) ?? ''
  const records = Array.from({ length: partitions }, (_, p) =>
    Array.from({ length: 10 }, (_, n) => ({
      ...testRecord(topic, `${p}-${n}`, keyOf(p)),
      timestamp: 1_000 * (n + 1),
    })),
  ).flat()
  const half = (from: number) => records.filter((_, i) => i % 10 >= from && i % 10 < from + 5)
  await plain.send(half(0))
  await zipped.send(half(5))
  return { config, topic, admin, keyOf }
}

test("brokers, partitions with their sizes, and a topic's own settings are told", async (t) => {
  const { topic, admin } = await filledTopic(t, 2)
  const { clusterId, brokers, topics } = await admin.inspectCluster()
  assert.equal(clusterId, await admin.clusterId())
  const [broker] = brokers
  assert.deepEqual([brokers.length, broker?.isController], [1, true])
  const own = topics.find((each) => each.topic === topic)
  assert.deepEqual(
    own?.partitions.map(({ partition, leader, replicas, inSync }) => [partition, leader, replicas, inSync]),
    [0, 1].map((partition) => [partition, broker?.id, [broker?.id], [broker?.id]]),
  )
  const bytes = own?.partitions.reduce((sum, each) => sum + (each.bytes ?? 0n), 0n) ?? 0n
  assert.ok(bytes > 1_000n && (broker?.bytes ?? 0n) >= bytes, `${bytes} of ${broker?.bytes} bytes`)
  const settings = await admin.topicSettings(topic)
  assert.deepEqual(settings[0], { name: 'retention.ms', value: '-1', isOwn: true })
  assert.ok(settings.slice(1).every(({ isOwn }) => !isOwn) && settings.length > 10)
})

test('a look at a topic keeps its bounds, tells where it stopped, and goes on from there', async (t) => {
  const { topic, admin } = await filledTopic(t, 2)
  const last = await admin.peekTopic({ topic, from: { last: 3 }, ...bounds })
  assert.deepEqual(
    last.records.map(({ partition, offset, codec }) => [partition, Number(offset), codec]),
    [0, 1].flatMap((p) => [7, 8, 9].map((offset) => [p, offset, 'gzip'])),
  )
  assert.equal(last.stopped, 'end')

  const few = await admin.peekTopic({ topic, from: { offset: 0n }, ...bounds, maxRecords: 6 })
  assert.deepEqual([few.stopped, few.records.length, few.records[0]?.codec], ['records', 6, 'none'])
  assert.deepEqual(
    few.partitions.map(({ from, next, end }) => [from, next, end]),
    [
      [0n, 3n, 10n],
      [0n, 3n, 10n],
    ],
    'both have had their turn',
  )
  const rest = await admin.peekTopic({ topic, partition: 1, from: { offset: 3n }, ...bounds })
  assert.deepEqual(
    rest.records.map(({ offset }) => Number(offset)),
    [3, 4, 5, 6, 7, 8, 9],
  )
  const tight = await admin.peekTopic({ topic, from: { offset: 0n }, ...bounds, maxBytes: 1 })
  assert.equal(tight.stopped, 'bytes')
  assert.equal((await admin.peekTopic({ topic, from: { offset: 0n }, ...bounds, maxMs: 0 })).stopped, 'time')
})

test('records are found by time and by what they are, and what is not wanted is passed over', async (t) => {
  const { topic, admin } = await filledTopic(t, 2)
  const late = await admin.peekTopic({ topic, from: { timeMs: 9_000 }, ...bounds })
  assert.deepEqual(
    late.records.map(({ timestamp }) => timestamp),
    [9_000, 10_000, 9_000, 10_000],
  )
  const none = await admin.peekTopic({ topic, from: { timeMs: 10_001 }, ...bounds })
  assert.deepEqual([none.records, none.stopped], [[], 'end'])
  const isWanted = ({ value }: { value: Buffer | null }) => String(value).startsWith('1-5')
  const wanted = await admin.peekTopic({ topic, from: { offset: 0n }, isWanted, ...bounds })
  assert.deepEqual([wanted.records.length, wanted.stopped], [1, 'end'])
})

test('groups are listed and described with their members, and one that is not there has none', async (t) => {
  const { config, topic, admin } = await filledTopic(t, 2)
  const groupId = `group-${randomUUID()}`
  const consumer = createConsumer(config, { groupId, topics: [topic], onBatch: async () => undefined })
  t.after(() => consumer.stop())
  await consumer.start()
  const isWhole = async () => (await admin.describeGroup(groupId)).members[0]?.partitions.length === 2
  await eventually(isWhole)
  const { state, type, members } = await admin.describeGroup(groupId)
  assert.deepEqual([state, type, members.length], ['Stable', 'consumer', 1])
  assert.deepEqual(
    members[0]?.partitions.toSorted((a, b) => a.partition - b.partition),
    [
      { topic, partition: 0 },
      { topic, partition: 1 },
    ],
  )
  await eventually(async () => (await admin.committedOffsets(groupId)).length === 2)
  await consumer.stop()
  const stateOf = async () => (await admin.listGroups()).find((each) => each.groupId === groupId)?.state
  await eventually(async () => (await stateOf()) === 'Empty')
  const gone = await admin.describeGroup(`none-${randomUUID()}`)
  assert.deepEqual([gone.state, gone.members], ['Dead', []])
})

test('an assignment of the older protocol is read, and any other bytes are none', () => {
  const bytes = Buffer.from(
    '0000' + '00000001' + '0003' + '61622d' + '00000002' + '00000001' + '00000004',
    'hex',
  )
  assert.deepEqual(readAssignment(bytes), [
    { topic: 'ab-', partition: 1 },
    { topic: 'ab-', partition: 4 },
  ])
  assert.deepEqual(readAssignment(Buffer.from('00', 'hex')), [])
})
