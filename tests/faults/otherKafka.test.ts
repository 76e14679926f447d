import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { runCommand } from '@relevo/cli'
import { startKafka, temporaryDirectory } from '@relevo/embedded'
import { createAdmin, createProducer, readTopic } from '@relevo/kafka'
import { enqueue, outboxMigrations } from '@relevo/outbox'
import { Relay } from '@relevo/relay'
import { createTestDatabase, eventually, silent, testServers } from '@relevo/testing'
import pg from 'pg'
import { Registry } from 'prom-client'

const topic = `test-${randomUUID()}`

/** An outbox, and relays of it. */
async function outbox(t: TestContext) {
  const database = await createTestDatabase(outboxMigrations.directory)
  const pool = new pg.Pool({ connectionString: database.url })
  const stops: (() => Promise<void>)[] = []
  t.after(async () => {
    for (const stop of stops) await stop()
    await pool.end()
    await database.drop()
  })

  function startRelay(brokers: readonly string[]): Relay {
    const producer = createProducer({ brokers, clientId: 'test' }, { requestTimeoutMs: 2_000 })
    const relay = new Relay({
      databaseUrl: database.url,
      producer,
      source: '/test',
      logger: silent,
      registry: new Registry(),
      leaseMs: 1_000,
      retry: { initialMs: 10, maxMs: 100 },
    })
    relay.start()
    stops.push(async () => {
      await relay.stop()
      await producer.close()
    })
    return relay
  }

  async function record(events: number): Promise<void> {
    const event = (key: number) => ({ topic, key: String(key), type: 'test.happened', payload: {} })
    await enqueue(
      pool,
      Array.from({ length: events }, (_, key) => event(key)),
    )
  }

  async function sent(): Promise<number> {
    const { rows } = await pool.query(
      `select count(*)::integer as events from outbox.event_status where state = 'E'`,
    )
    return rows[0].events
  }

  return { pool, startRelay, record, sent, databaseUrl: database.url }
}

async function withTopic(brokers: readonly string[]): Promise<string> {
  const admin = createAdmin({ brokers, clientId: 'test' })
  try {
    await admin.ensureTopics([{ topic, partitions: 3 }])
    return await admin.clusterId()
  } finally {
    await admin.close()
  }
}

async function countRecords(brokers: readonly string[]): Promise<number> {
  const ids = new Set<string | undefined>()
  for await (const { headers } of readTopic({ brokers, clientId: 'test' }, topic))
    ids.add(String(headers.ce_id))
  return ids.size
}

test('of two releases on one database and two Kafkas, not one event goes to the second until it is moved there', async (t) => {
  const first = await testServers()
  const directory = temporaryDirectory()
  const second = await startKafka({ directory: join(directory, 'kafka') })
  t.after(async () => {
    await second.kill()
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  })
  const { pool, startRelay, record, sent, databaseUrl } = await outbox(t)
  const [firstId, secondId] = [await withTopic(first.brokers), await withTopic(second.brokers)]
  const before = await countRecords(first.brokers)
  const right = startRelay(first.brokers)
  await record(20)
  await eventually(async () => (await sent()) === 20, 'the first events sent')
  const { rows } = await pool.query('select kafka_cluster_id from outbox.setting')
  assert.equal(rows[0].kafka_cluster_id, firstId)

  const wrong = startRelay(second.brokers)
  await eventually(() => wrong.status().problem?.includes('relevo rebase --kafka'), 'the problem')
  for (const id of [firstId, secondId]) assert.ok(wrong.status().problem?.includes(id), id)
  await record(20)
  await eventually(async () => (await sent()) === 40, 'more events sent')
  await right.stop()
  await record(20)
  await eventually(() => wrong.status().problem?.includes(firstId), 'the problem again')
  assert.deepEqual(wrong.status().shards, [])
  assert.equal(await sent(), 40)
  assert.equal(await countRecords(second.brokers), 0)
  assert.equal((await countRecords(first.brokers)) - before, 40)

  const lines: string[] = []
  const output = { out: (text: string) => lines.push(text), err: (text: string) => lines.push(text) }
  assert.equal(
    await runCommand(['rebase', '--kafka', secondId], { DATABASE_URL: databaseUrl }, output),
    0,
    lines.join('\n'),
  )
  await eventually(async () => (await sent()) === 60, 'the rest sent')
  assert.equal(wrong.status().problem, undefined)
  assert.equal(await countRecords(second.brokers), 20, 'what was published stays so')
})

test('nothing goes to another cluster that a running relay finds behind the same address', async (t) => {
  const directory = temporaryDirectory()
  const old = await startKafka({ directory: join(directory, 'old') })
  let current = old
  t.after(async () => {
    await current.kill()
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  })
  const { startRelay, record, sent } = await outbox(t)
  await withTopic(old.brokers)
  const relay = startRelay(old.brokers)
  await record(5)
  await eventually(async () => (await sent()) === 5, 'the first events sent')
  await old.kill()
  await record(5)
  await eventually(() => relay.status().problem?.includes('Kafka does not take events'), 'Kafka away')
  current = await startKafka({ directory: join(directory, 'new'), port: old.port })
  const id = await withTopic(current.brokers)
  await eventually(
    () => relay.status().problem?.includes(id) && relay.status().problem?.includes('rebase --kafka'),
    'the problem',
  )
  assert.equal(await countRecords(current.brokers), 0)
  assert.equal(await sent(), 5)
})
