import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createAdmin } from './admin.ts'
import type { ConsumedRecord } from './consumedRecord.ts'
import { followTopics } from './followTopics.ts'
import { createProducer } from './producer.ts'
import { eventually, testRecord, testTopic } from './testTopic.ts'

const recordedAt = Number(testRecord('', '').timestamp)

async function follow(t: TestContext, topics: readonly string[], sinceMs: number) {
  const { config } = await testTopic()
  const producer = createProducer(config)
  const stopping = new AbortController()
  const values: string[] = []
  let current = 0
  const ended = followTopics(config, topics, {
    sinceMs,
    signal: stopping.signal,
    onRecords: (records: readonly ConsumedRecord[]) =>
      void values.push(...records.map(({ value }) => String(value))),
    onCurrent: () => {
      current += 1
    },
  })
  t.after(async () => {
    stopping.abort()
    await Promise.all([ended.catch(() => undefined), producer.close()])
  })
  const send = (topic: string, value: string, timestamp = recordedAt) =>
    producer.send([{ ...testRecord(topic, value, value), timestamp }])
  return { values, ended, stopping, send, isCurrent: () => current > 0 }
}

test('whoever follows topics gets what is there from a time on, then what comes, of every partition, and ends by the signal', async (t) => {
  const [{ topic: first, config }, { topic: second }] = await Promise.all([testTopic(3), testTopic(1)])
  const producer = createProducer(config)
  const before = ['a', 'b', 'c', 'd', 'e', 'f']
  await producer.send(before.map((value) => testRecord(first, value, value)))
  await producer.send([{ ...testRecord(first, 'old', 'a'), timestamp: recordedAt - 60_000 }])
  await producer.close()
  const { values, ended, stopping, send, isCurrent } = await follow(t, [first, second], recordedAt)
  await eventually(isCurrent, 'what was there')
  // A partition begins at its first record of that time; what is behind that comes, whatever its time.
  assert.deepEqual(values.filter((value) => value !== 'old').sort(), before)
  for (const topic of [second, first]) await send(topic, `new in ${topic}`)
  await eventually(() => values.filter((value) => value.startsWith('new')).length === 2, 'what came')
  stopping.abort()
  await ended
})

test('what is from before the time is not read', async (t) => {
  const { topic, config } = await testTopic(1)
  const producer = createProducer(config)
  await producer.send([testRecord(topic, 'old')])
  await producer.close()
  const { values, send, isCurrent } = await follow(t, [topic], recordedAt + 1)
  await eventually(isCurrent, 'nothing to hand over')
  await send(topic, 'new', recordedAt + 1)
  await eventually(() => values.length > 0, 'what came')
  assert.deepEqual(values, ['new'])
})

test('a topic that is not there ends it by an error', async (t) => {
  const { ended } = await follow(t, ['topic-that-is-not-there'], 0)
  await assert.rejects(ended, { code: 'unknownTopic' })
})

test('a topic that is deleted ends it by an error', async (t) => {
  const { topic, config } = await testTopic(1)
  const { ended, isCurrent } = await follow(t, [topic], 0)
  const refused = assert.rejects(ended, { name: 'KafkaError' })
  await eventually(isCurrent, 'it follows')
  const admin = createAdmin(config)
  await admin.deleteTopics([topic])
  await admin.close()
  await refused
})
