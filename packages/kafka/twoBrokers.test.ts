import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { twoBrokers } from '@relevo/testing'
import { createAdmin } from './admin.ts'
import { fetchMetadata } from './clusterMetadata.ts'
import { parseBroker } from './config.ts'
import { createConnections } from './connections.ts'
import { createTopicsV7 } from './platformatic.ts'
import { createProducer } from './producer.ts'
import { eventually, testRecord } from './testTopic.ts'

const unknown = 3
const known = 0
// A pair of brokers and eleven topics.
const slow = { timeout: 300_000 }

test('a topic is ensured when both brokers know it, however late one hears of it', slow, async (t) => {
  // A broker that hears nothing for so long is fenced, and none any more.
  const { first, second, controllerLink } = await twoBrokers(t, { 'broker.session.timeout.ms': '120000' })
  const configs = [first, second()].map(({ brokers }) => ({ brokers, clientId: 'test' }))
  const connections = createConnections(
    { brokers: [], clientId: 'test' },
    { connectMs: 5_000, requestMs: 20_000 },
  )
  const [connection, other] = await Promise.all(
    configs.map(({ brokers: [broker = ''] }) => connections.to(parseBroker(broker))),
  )
  if (!connection || !other) throw new Error('there are two brokers')
  const admins = configs.map((config) => createAdmin(config))
  const producers = configs.map((config) => createProducer(config))
  t.after(() =>
    Promise.all([connections.destroy(), ...[...admins, ...producers].map((each) => each.close())]),
  )
  /** What each broker says of the topic. */
  const codes = async (topic: string) => {
    const answers = await Promise.all([connection, other].map((each) => fetchMetadata(each, [topic])))
    return answers.map(({ topics }) => topics[0]?.errorCode)
  }
  const bothAreThere = async () => (await fetchMetadata(connection, [])).brokers.length === 2
  await eventually(bothAreThere, 'both brokers are there')

  controllerLink.hold()
  const late = `late-${randomUUID()}`
  // By the first broker: an admin asks any, and the second could not pass it on.
  const spec = { name: late, numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] }
  await createTopicsV7.api.async(connection, [spec], 20_000, false)
  await eventually(async () => (await codes(late))[0] === known, 'the first broker knows the topic')
  let ensured = false
  const ensuring = admins[0]?.ensureTopics([{ topic: late, partitions: 2 }]).then(() => {
    ensured = true
  })
  for (let look = 0; look < 50; look++)
    assert.deepEqual([...(await codes(late)), ensured], [known, unknown, false])
  controllerLink.release()
  await ensuring
  assert.deepEqual(await codes(late), [known, known])

  const many = Array.from({ length: 10 }, () => `many-${randomUUID()}`)
  await Promise.all(
    many.map(async (topic, n) => {
      await admins[n % 2]?.ensureTopics([{ topic, partitions: 4, replicationFactor: 2 }])
      assert.deepEqual(await codes(topic), [known, known], topic)
      await producers[(n + 1) % 2]?.send([testRecord(topic, 'x')])
    }),
  )
})
