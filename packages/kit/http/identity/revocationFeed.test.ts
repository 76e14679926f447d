import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { createAdmin, createProducer, type KafkaConfig } from '@relevo/kafka'
import { afterTest, eventually, testServers, testTopic } from '@relevo/testing'
import { Registry } from 'prom-client'
import type { Logger } from '../../process/logger.ts'
import { RevocationFeed } from './revocationFeed.ts'
import { keepRevocationsMs, Revocations } from './revocations.ts'

function startFeed(t: TestContext, kafka: KafkaConfig, topics: readonly string[]) {
  const revocations = new Revocations()
  const registry = new Registry()
  const stopping = new AbortController()
  const logged: string[] = []
  const log = (_facts: object, message: string) => void logged.push(message)
  const logger = { info: log, warn: log } as unknown as Logger
  const { signal } = stopping
  const ended = new RevocationFeed({ kafka, topics, revocations, logger, registry, signal }).run()
  afterTest(t, async () => {
    stopping.abort()
    await ended
  })
  const now = () => Math.floor(Date.now() / 1_000)
  return {
    revocations,
    logged,
    isRevoked: (id: string) => revocations.isRevoked(id, now()),
    metric: async (name: string) => {
      const text = await registry.metrics()
      return Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1])
    },
  }
}

const revocation = (topic: string, id: string, timestamp = Date.now()) => ({
  topic,
  key: id,
  value: JSON.stringify({ id }),
  headers: { ce_time: new Date(timestamp).toISOString() },
  timestamp,
})

test('a process hears who was revoked before its start, as long as that matters, and who is from then on', async (t) => {
  const [first, second] = [await testTopic(t), await testTopic(t, 1)]
  const [lately, long, later] = [randomUUID(), randomUUID(), randomUUID()]
  const { producer, kafka } = first
  await producer.send([revocation(first.topic, lately)])
  await producer.send([revocation(second.topic, long, Date.now() - keepRevocationsMs - 60_000)])
  const { revocations, isRevoked, metric, logged } = startFeed(t, kafka, [first.topic, second.topic])
  await revocations.heard
  assert.deepEqual([isRevoked(lately), isRevoked(long)], [true, false], 'known before a token is judged')
  const heardAt = await metric('relevo_revocations_heard_timestamp_seconds')
  assert.ok(heardAt > 0 && heardAt <= Date.now() / 1_000)
  assert.equal(await metric('relevo_revocation_delay_seconds_count'), 0, 'what it has missed is not counted')

  await producer.send([{ ...revocation(second.topic, 'x'), value: 'no JSON' }])
  await producer.send([revocation(second.topic, later)])
  await eventually(() => isRevoked(later), 'who was revoked')
  assert.deepEqual(logged, ['a record says of nobody that access tokens are to be refused'])
  assert.equal(await metric('relevo_revocation_delay_seconds_count'), 1)
})

test('without a Kafka tokens are judged at once, and a warning tells since when nothing is heard', async (t) => {
  const { revocations, logged, metric } = startFeed(t, { brokers: ['127.0.0.1:1'], clientId: 'test' }, ['x'])
  await revocations.heard
  assert.match(logged.join(), /^revocations of access tokens are not heard: tokens .* until they expire$/)
  assert.equal(await metric('relevo_revocations_heard_timestamp_seconds'), 0)
})

test('what was said while it did not hear is heard as soon as it does again', async (t) => {
  const { brokers } = await testServers()
  const kafka = { brokers, clientId: 'test' }
  const topic = `test-${randomUUID()}`
  const { revocations, logged, isRevoked } = startFeed(t, kafka, [topic])
  await revocations.heard
  assert.equal(logged.length, 1, 'the topic is not there yet')
  const [admin, producer] = [createAdmin(kafka), createProducer(kafka)]
  afterTest(t, () => Promise.all([admin.close(), producer.close()]))
  await admin.ensureTopics([{ topic, partitions: 1 }])
  const id = randomUUID()
  await producer.send([revocation(topic, id)])
  await eventually(() => isRevoked(id), 'who was revoked')
  await eventually(() => logged.length === 2, 'a word of it')
  assert.match(String(logged[1]), /are heard again/)
})
