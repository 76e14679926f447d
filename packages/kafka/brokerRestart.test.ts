import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startKafka, temporaryDirectory } from '@relevo/embedded'
import { createAdmin } from './admin.ts'
import type { Logger } from './config.ts'
import { createConsumer } from './consumer.ts'
import { KafkaError } from './kafkaError.ts'
import { createProducer, type Producer } from './producer.ts'
import { allRecords, eventually, testRecord } from './testTopic.ts'

test('when the broker died and returned, clients go on, and a consumer stopped meanwhile stays stopped', async (t) => {
  const directory = temporaryDirectory()
  let kafka = await startKafka({ directory: join(directory, 'kafka') })
  const closers: Array<() => Promise<void>> = []
  t.after(async () => {
    await Promise.all(closers.map((close) => close()))
    await kafka.kill()
    rmSync(directory, { recursive: true, force: true })
  })
  const config = { brokers: kafka.brokers, clientId: 'test' }
  const admin = createAdmin(config)
  await admin.ensureTopics([{ topic: 'restart', partitions: 1 }])
  await admin.close()
  const producer = createProducer(config)
  closers.push(producer.close)
  await producer.send([testRecord('restart', 'before')])

  const logs: string[] = []
  const members = ['stopped', 'living'].map((groupId) => {
    const seen: string[] = []
    const consumer = createConsumer(
      { ...config, logger: loggerTo(groupId === 'stopped' ? logs : []) },
      {
        groupId,
        topics: ['restart'],
        onBatch: async ({ records }) => void seen.push(...records.map(({ value }) => String(value))),
      },
    )
    closers.push(consumer.stop)
    return { consumer, seen }
  })
  const [stopped, living] = members
  await Promise.all(members.map(({ consumer }) => consumer.start()))
  await eventually(() => members.every(({ seen }) => seen.length === 1))

  await kafka.kill()
  await assert.rejects(
    producer.send([testRecord('restart', 'during')]),
    (error) =>
      error instanceof KafkaError &&
      error.code === 'unreachable' &&
      error.retryable &&
      error.scope === 'cluster',
  )
  await eventually(() => logs.includes('no heartbeat'))
  await stopped?.consumer.stop()

  kafka = await startKafka({ directory: join(directory, 'kafka'), port: kafka.port })
  await sendUntilTaken(producer)
  assert.deepEqual(
    (await allRecords(config, 'restart')).map((record) => String(record.value)),
    ['before', 'after'],
  )
  await eventually(() => living?.seen.includes('after') === true)
  assert.deepEqual(stopped?.seen, ['before'])
  assert.equal(stopped?.consumer.health().joined, false)
})

function loggerTo(logs: string[]): Logger {
  const log = (_: object, message: string) => void logs.push(message)
  return { debug: log, info: log, warn: log, error: log }
}

/** The broker answers requests a little before it leads its partitions again. */
async function sendUntilTaken(producer: Producer): Promise<void> {
  for (const deadline = Date.now() + 20_000; ; ) {
    try {
      return await producer.send([testRecord('restart', 'after')])
    } catch (error) {
      if (!(error instanceof KafkaError && error.retryable) || Date.now() > deadline) throw error
    }
  }
}
