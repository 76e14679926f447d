import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { createAdmin, createProducer, type KafkaConfig, KafkaError } from '@relevo/kafka'
import { enqueue, outboxMigrations } from '@relevo/outbox'
import { createTestDatabase, testServers } from '@relevo/testing'
import pg from 'pg'
import { checkLedger } from './checkLedger.ts'
import { formatReport } from './formatReport.ts'
import { readOutboxRows } from './readOutboxRows.ts'

async function ledgerHarness(t: TestContext) {
  const kafka: KafkaConfig = { brokers: (await testServers()).brokers, clientId: 'ledger-test' }
  const database = await createTestDatabase(outboxMigrations.directory)
  const pool = new pg.Pool({ connectionString: database.url })
  pool.on('error', () => {})
  const producer = createProducer(kafka)
  const admin = createAdmin(kafka)
  t.after(async () => {
    await Promise.all([producer.close(), admin.close(), pool.end()])
    await database.drop()
  })
  const topic = `ledger-${randomUUID()}`
  await admin.ensureTopics([{ topic, partitions: 2 }])
  await pool.query('create table effect (place bigserial, event_id uuid)')

  const record = (keys: string[], to = topic) =>
    enqueue(
      pool,
      keys.map((key) => ({ topic: to, type: 'happened', key, payload: {} })),
    )
  const deliver = (eventId: string, key: string) =>
    producer.send([{ topic, key, value: '{}', headers: { ce_id: eventId } }])
  const takeEffect = (eventId: string) => pool.query('insert into effect (event_id) values ($1)', [eventId])
  const check = (acknowledged: string[]) =>
    checkLedger({
      databaseUrl: database.url,
      kafka,
      topics: [topic],
      ledger: { acknowledged },
      effects: {
        databaseUrl: database.url,
        query: 'select event_id as event from effect order by place',
        inOrder: true,
      },
    })
  return { database, pool, kafka, topic, record, deliver, takeEffect, check }
}

test('the ledger is checked against Postgres, Kafka and the effects', async (t) => {
  const { record, deliver, takeEffect, check } = await ledgerHarness(t)
  const events = await record(['a', 'b', 'a'])
  await record(['z'], 'another-topic')
  const ids = events.map(({ eventId }) => eventId)
  for (const [index, id] of ids.entries()) {
    await deliver(id, ['a', 'b', 'a'][index] ?? '')
    await takeEffect(id)
  }
  const report = await check(ids)
  assert.equal(report.ok, true, formatReport(report))
  assert.deepEqual([report.acknowledged, report.recorded, report.delivered, report.effects], [3, 3, 3, 3])
  assert.match(formatReport(report), /^acknowledged +3$/m)
  assert.match(formatReport(report), /the ledger is in order$/)
})

test('faults between the servers are found and named', async (t) => {
  const { record, deliver, takeEffect, check } = await ledgerHarness(t)
  const [first, second, undelivered] = (await record(['a', 'a', 'b'])).map(({ eventId }) => eventId)
  assert.ok(first && second && undelivered)
  for (const id of [second, first, second]) await deliver(id, 'a')
  for (const id of [second, first, second]) await takeEffect(id)
  const lost = randomUUID()
  const report = await check([first, second, undelivered, lost])
  const text = formatReport(report)
  assert.equal(report.ok, false)
  assert.match(text, new RegExp(`acknowledged and not in the outbox: ${lost}`))
  assert.match(text, new RegExp(`in the outbox and not in Kafka: ${undelivered} .* of key b`))
  assert.match(text, new RegExp(`more than one effect: ${second}`))
  assert.match(text, new RegExp(`delivered after a later event of its key: ${first}`))
  assert.match(text, new RegExp(`took effect after a later event of its key: ${first}`))
  assert.match(text, /duplicates delivered +1$/m)
})

test('more rows than are fetched at once are all read, in order', async (t) => {
  const { pool, topic } = await ledgerHarness(t)
  await pool.query(
    `insert into outbox.event (shard, event_id, topic, key, type, payload)
     select 0, gen_random_uuid(), $1, 'k', 't', '{}' from generate_series(1, 20000)`,
    [topic],
  )
  let count = 0
  let before = 0
  for await (const { id } of readOutboxRows(pool, { topics: [topic] })) {
    assert.ok(id > before)
    before = id
    count += 1
  }
  assert.equal(count, 20_000)
  const rest = await Array.fromAsync(readOutboxRows(pool, { topics: [topic], afterId: before - 5 }))
  assert.equal(rest.length, 5)
})

test('a loop that ends early gives its connection back', async (t) => {
  const { database, topic, record } = await ledgerHarness(t)
  await record(['a', 'b'])
  const pool = new pg.Pool({ connectionString: database.url, max: 1 })
  pool.on('error', () => {})
  for await (const row of readOutboxRows(pool, { topics: [topic] })) {
    assert.equal(row.key, 'a')
    break
  }
  const { rows } = await pool.query('select count(*)::integer from outbox.event')
  assert.equal(rows[0].count, 2)
  await pool.end()
})

test('a topic that does not exist is an error, not an empty one', async (t) => {
  const { database, kafka } = await ledgerHarness(t)
  const check = checkLedger({
    databaseUrl: database.url,
    kafka,
    topics: [`missing-${randomUUID()}`],
    ledger: { acknowledged: [] },
  })
  await assert.rejects(check, (error) => error instanceof KafkaError && error.code === 'unknownTopic')
})
