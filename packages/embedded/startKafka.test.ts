import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createAdmin, createProducer, readTopic } from '@relevo/kafka'
import { startKafka } from './startKafka.ts'
import { temporaryDirectory } from './temporaryDirectory.ts'

const directory = temporaryDirectory()
after(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }))

async function write(brokers: string[], topic: string, value: string): Promise<void> {
  const admin = createAdmin({ brokers, clientId: 'test' })
  const producer = createProducer({ brokers, clientId: 'test' })
  try {
    await admin.ensureTopics([{ topic, partitions: 1 }])
    await producer.connect()
    await producer.send([{ topic, key: 'k', value, headers: {} }])
  } finally {
    await producer.close()
    await admin.close()
  }
}

async function readAll(brokers: string[], topic: string): Promise<string[]> {
  const values: string[] = []
  for await (const { value } of readTopic({ brokers, clientId: 'test' }, topic)) values.push(String(value))
  return values
}

test('records survive a stop and a crash, on the same port', async (t) => {
  const place = join(directory, 'with a space, and ünïcode')
  let server = await startKafka({ directory: place })
  t.after(() => server.kill())
  const { port, brokers } = server
  await write(brokers, 'survivors', 'one')
  await server.stop()
  assert.equal(server.isRunning(), false)

  server = await startKafka({ directory: place, port })
  assert.deepEqual(server.brokers, brokers)
  await write(brokers, 'survivors', 'two')
  await server.kill()
  assert.equal(await server.exited, 'SIGKILL')

  server = await startKafka({ directory: place, port })
  assert.deepEqual(await readAll(brokers, 'survivors'), ['one', 'two'])
})

test('a port or a directory that is in use is named, and a refused setting reported', async (t) => {
  const place = join(directory, 'taken')
  const server = await startKafka({ directory: place })
  t.after(() => server.kill())
  const other = join(directory, 'other')
  await assert.rejects(startKafka({ directory: other, port: server.port }), {
    code: 'port_taken',
    message: new RegExp(`Port ${server.port}, wanted for Kafka`),
  })
  await assert.rejects(startKafka({ directory: place }), {
    code: 'directory_in_use',
    message: new RegExp(`pid ${server.pid} `),
  })
  await assert.rejects(startKafka({ directory: other, settings: { 'num.io.threads': 'many' } }), {
    code: 'start_failed',
    message: /num\.io\.threads/,
  })
  assert.match(readFileSync(server.logFile, 'utf8'), /Kafka Server started/)
})
