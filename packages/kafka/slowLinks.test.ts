import assert from 'node:assert/strict'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { startKafka, temporaryDirectory } from '@relevo/embedded'
import { createAdmin } from './admin.ts'
import type { KafkaConfig } from './config.ts'
import { KafkaError } from './kafkaError.ts'
import { createProducer } from './producer.ts'
import { allRecords, testRecord } from './testTopic.ts'

const tickMs = 20

/** Starts a Kafka that says that it is behind a proxy, through which `bytesPerSecond` go to it. */
async function slowKafka(t: TestContext, bytesPerSecond: number): Promise<KafkaConfig> {
  const directory = temporaryDirectory()
  let target = 0
  const proxy = createServer(async (client) => {
    const broker = connect(target, '127.0.0.1')
    for (const [one, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
    }
    broker.pipe(client)
    try {
      // Read little by little, so that TCP holds the producer back.
      for await (const chunk of client) {
        for (let at = 0; at < chunk.length; at += (bytesPerSecond * tickMs) / 1_000) {
          broker.write(chunk.subarray(at, at + (bytesPerSecond * tickMs) / 1_000))
          await delay(tickMs)
        }
      }
    } catch {
      broker.destroy() // the producer has broken the connection
    }
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const { port } = proxy.address() as AddressInfo
  const kafka = await startKafka({
    directory: join(directory, 'kafka'),
    settings: { 'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}` },
  })
  target = kafka.port
  t.after(async () => {
    proxy.close()
    await kafka.kill()
    rmSync(directory, { recursive: true, force: true })
  })
  return { brokers: [`127.0.0.1:${port}`], clientId: 'test' }
}

/** Sends until it is acknowledged, or until the error is final. */
async function sendOnAndOn(send: () => Promise<void>): Promise<KafkaError | undefined> {
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      await send()
      return undefined
    } catch (error) {
      if (!(error instanceof KafkaError) || !error.retryable) return error as KafkaError
    }
  }
  throw assert.fail('not sent in 20 attempts')
}

test('on a link slower than its time-out allows, what waits is sent about once', async (t) => {
  const slow = await slowKafka(t, 400_000)
  const admin = createAdmin(slow)
  await admin.ensureTopics([{ topic: 'slow', partitions: 4 }])
  await admin.close()
  const producer = createProducer(slow, { requestTimeoutMs: 1_000 })
  t.after(() => producer.close())
  const records = Array.from({ length: 200 }, (_, i) =>
    testRecord('slow', `${i} ${'x'.repeat(10_000)}`, `k${i % 40}`),
  )
  await producer.connect()
  assert.equal(await sendOnAndOn(() => producer.send(records)), undefined)
  const offsets = createAdmin(slow)
  t.after(() => offsets.close())
  const ends = await offsets.topicOffsets(['slow'])
  const written = ends.reduce((sum, { end }) => sum + Number(end), 0)
  assert.ok(written >= 200 && written < 300, `${written} records were written for 200`)
})

test('a broker that breaks the connection over a request gets smaller ones, and one record too large for it is named', async (t) => {
  const directory = temporaryDirectory()
  const kafka = await startKafka({
    directory: join(directory, 'kafka'),
    settings: { 'socket.request.max.bytes': '3000000', 'message.max.bytes': '20000000' },
  })
  t.after(async () => {
    await kafka.kill()
    rmSync(directory, { recursive: true, force: true })
  })
  const config = { brokers: kafka.brokers, clientId: 'test' }
  const admin = createAdmin(config)
  t.after(() => admin.close())
  await admin.ensureTopics([{ topic: 'small', partitions: 8 }])
  const producer = createProducer(config)
  t.after(() => producer.close())
  const value = 'x'.repeat(900_000)
  const many = Array.from({ length: 40 }, (_, i) => testRecord('small', value, `k${i}`))
  assert.equal(await sendOnAndOn(() => producer.send(many)), undefined)

  const large = testRecord('small', 'y'.repeat(4_000_000))
  const error = await sendOnAndOn(() => producer.send([large, testRecord('small', 'behind')]))
  assert.deepEqual([error?.code, error?.scope], ['recordTooLarge', 'record'])
  assert.deepEqual([error?.failed, error?.errors.map(({ index }) => index)], [[0, 1], [0]])
  const values = (await allRecords(config, 'small')).map((record) => String(record.value))
  assert.ok(values.length >= 40 && values.every((text) => text === value))
})
