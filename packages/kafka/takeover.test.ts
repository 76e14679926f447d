import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { silent, startProcess } from '@relevo/testing'
import type { KafkaConfig } from './config.ts'
import type { ConsumedBatch } from './consumedRecord.ts'
import { type ConsumerOptions, createConsumer } from './consumer.ts'
import { createProducer } from './producer.ts'
import { eventually, membersOf, testRecord, testTopic } from './testTopic.ts'

/** Starts a consumer as a process, which ends with the test. */
function memberProcess(t: TestContext, config: KafkaConfig, topic: string, groupId: string): ChildProcess {
  const script = resolve(import.meta.dirname, 'testMember.ts')
  const started = startProcess(script, {}, [config.brokers.join(','), topic, groupId])
  t.after(started.kill)
  return started.child
}

async function startMember(
  t: TestContext,
  config: KafkaConfig,
  options: Pick<ConsumerOptions, 'groupId' | 'topics' | 'onBatch' | 'concurrency'>,
) {
  const consumer = createConsumer(config, options)
  t.after(() => consumer.stop())
  await consumer.start()
  return consumer
}

async function sendAll(t: TestContext, config: KafkaConfig, topic: string, values: readonly string[]) {
  const producer = createProducer(config)
  t.after(() => producer.close())
  await producer.send(values.map((value) => testRecord(topic, value, value)))
}

/** How many partitions each member owns, ascending. */
async function shares(config: KafkaConfig, groupId: string): Promise<number[]> {
  const members = await membersOf(config, groupId)
  const counts = members.map(({ assignment }) => {
    return assignment.topicPartitions.reduce((sum, { partitions }) => sum + partitions.length, 0)
  })
  return counts.sort((a, b) => a - b)
}

const isShared = async (config: KafkaConfig, groupId: string, expected: readonly number[]) =>
  String(await shares(config, groupId)) === String(expected)

const values = (count: number) => Array.from({ length: count }, (_, i) => `value ${i}`)

test("a killed consumer's partitions are taken over", async (t) => {
  const { config, topic } = await testTopic(4)
  const groupId = randomUUID()
  const seen: string[] = []
  await startMember(t, config, {
    groupId,
    topics: [topic],
    onBatch: async ({ records }) => void seen.push(...records.map(({ value }) => String(value))),
  })
  const child = memberProcess(t, config, topic, groupId)
  await eventually(() => isShared(config, groupId, [2, 2]))
  child.kill('SIGKILL')
  await sendAll(t, config, topic, values(40)) // every partition gets some
  await eventually(() => new Set(seen).size === 40)
  assert.deepEqual(await shares(config, groupId), [4])
})

test('a consumer that hung is given up, and joins again when it goes on', async (t) => {
  const { config, topic } = await testTopic(4)
  const groupId = randomUUID()
  await startMember(t, config, { groupId, topics: [topic], onBatch: async () => undefined })
  const child = memberProcess(t, config, topic, groupId)
  await eventually(() => isShared(config, groupId, [2, 2]))
  child.kill('SIGSTOP')
  await eventually(() => isShared(config, groupId, [4]))
  child.kill('SIGCONT')
  await eventually(() => isShared(config, groupId, [2, 2]))
})

test('no consumer is given up in a busy spell that lasts longer than a session', async (t) => {
  const { config, topic } = await testTopic(4)
  const groupId = randomUUID()
  const lines: string[] = []
  const logger = { ...silent, warn: (_: object, text: string) => void lines.push(text) }
  const seen: string[] = []
  const release = Promise.withResolvers<void>()
  const first = await startMember(
    t,
    { ...config, logger },
    {
      groupId,
      topics: [topic],
      onBatch: async ({ records }) => {
        await release.promise // one batch that takes all the time
        seen.push(...records.map(({ value }) => String(value)))
        return undefined
      },
    },
  )
  const second = await startMember(
    t,
    { ...config, logger },
    {
      groupId,
      topics: [topic],
      onBatch: async ({ records }) => {
        for (const { value } of records) {
          for (const end = performance.now() + 400; performance.now() < end; ); // keeps the process from everything
          await delay(1)
          seen.push(String(value))
        }
        return undefined
      },
    },
  )
  await eventually(() => isShared(config, groupId, [2, 2]))
  await sendAll(t, config, topic, values(30))
  await eventually(() => seen.length >= 10) // 4 s and more; a session has 3.5
  release.resolve()
  await eventually(() => seen.length >= 30)
  assert.deepEqual(seen.toSorted(), values(30).toSorted()) // none of them twice
  assert.deepEqual(lines, [])
  assert.deepEqual([first.health().joined, second.health().joined], [true, true])
})

test('a partition goes to another consumer when the batch in hand is done and committed', async (t) => {
  const { config, topic } = await testTopic(2)
  const groupId = randomUUID()
  const seen: string[] = []
  const inHand = new Set<number>()
  const release = Promise.withResolvers<void>()
  await sendAll(t, config, topic, values(20))
  await startMember(t, config, {
    groupId,
    topics: [topic],
    onBatch: async ({ partition, records }) => {
      inHand.add(partition)
      await release.promise
      seen.push(...records.map(({ value }) => String(value)))
      return undefined
    },
  })
  await eventually(() => inHand.size === 2)
  await startMember(t, config, {
    groupId,
    topics: [topic],
    onBatch: async ({ records }) => void seen.push(...records.map(({ value }) => String(value))),
  })
  const waiting = async () =>
    (await membersOf(config, groupId)).some(({ assignment, targetAssignment }) => {
      return assignment.topicPartitions.length === 0 && targetAssignment.topicPartitions.length === 1
    })
  await eventually(waiting)
  assert.deepEqual(seen, [])
  release.resolve()
  await eventually(() => isShared(config, groupId, [1, 1]))
  await sendAll(t, config, topic, ['later 0', 'later 1', 'later 2', 'later 3'])
  await eventually(() => seen.length >= 24)
  assert.equal(new Set(seen).size, seen.length)
})

test('partitions whose batches wait for their turn go to another consumer at once', async (t) => {
  const { config, topic } = await testTopic(4)
  const groupId = randomUUID()
  const release = Promise.withResolvers<undefined>()
  const inHand: ConsumedBatch[] = []
  await sendAll(t, config, topic, values(40)) // every partition gets some
  await startMember(t, config, {
    groupId,
    topics: [topic],
    concurrency: 1,
    onBatch: (batch) => {
      inHand.push(batch)
      return release.promise
    },
  })
  await eventually(() => inHand.length === 1)
  const taken = new Set<number>()
  await startMember(t, config, {
    groupId,
    topics: [topic],
    onBatch: async ({ partition }) => void taken.add(partition),
  })
  await eventually(() => taken.size > 0)
  assert.deepEqual([inHand.length, taken.has(inHand[0]?.partition ?? -1)], [1, false])
  release.resolve(undefined)
  await eventually(() => isShared(config, groupId, [2, 2]))
})
