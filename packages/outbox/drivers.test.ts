import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createTestDatabase, type TestDatabase } from '@relevo/testing'
import pg from 'pg'
import postgres from 'postgres'
import { enqueue as enqueueByPostgresJs } from './adapters/postgres.ts'
import { enqueue } from './enqueue.ts'
import type { NewEvent, RecordedEvent } from './event.ts'
import { outboxMigrations } from './index.ts'
import { OutboxError, type OutboxErrorCode } from './outboxError.ts'
import { type TestDriver, testDrivers } from './testDrivers.ts'

const full: NewEvent = {
  topic: 't',
  key: `it's "k"?`,
  partitionKey: 'p',
  type: 'happened',
  headers: { traceparent: '00-x', quoted: '"\\ñ?' },
  payload: { text: `it's "quoted" $1 ?`, list: [1, null, { deep: true }], number: 1.5 },
}
const scalar: NewEvent = { topic: 'u', type: 'happened', payload: 'a text' }
const several = [full, scalar, full]

let outbox: TestDatabase
let empty: TestDatabase
before(async () => {
  outbox = await createTestDatabase(outboxMigrations.directory)
  empty = await createTestDatabase()
})
after(async () => {
  await outbox.drop()
  await empty.drop()
})

for (const [name, connect] of Object.entries(testDrivers)) {
  test(`through ${name}, events are recorded as they are, in the transaction, and errors keep their codes`, async () => {
    await using(await connect(outbox.url), async (driver) => {
      await recordsAndRollsBack(driver)
      await forgetsBehindASavepoint(driver)
      await refusesOutside(driver)
      await refusesAsTooLarge(driver)
    })
    await using(await connect(empty.url), async (driver) => {
      const attempt = driver.transaction(async (client) => void (await enqueue(client, [full])))
      await assert.rejects(attempt, withCode('notMigrated'))
    })
  })
}

test('where postgres.js renames columns, events are recorded all the same', async () => {
  const sql = postgres(outbox.url, { max: 1, transform: postgres.camel })
  const recorded = await sql.begin((tx) => enqueueByPostgresJs(tx, several))
  await sql.end()
  const stored = (await storedEvents()) as RecordedEvent[]
  const ids = stored.map(({ eventId }) => eventId)
  assert.deepEqual(
    recorded.map(({ eventId }) => eventId),
    ids.slice(-several.length),
  )
})

async function using(driver: TestDriver, work: (driver: TestDriver) => Promise<void>): Promise<void> {
  try {
    await work(driver)
  } finally {
    await driver.close()
  }
}

async function recordsAndRollsBack(driver: TestDriver): Promise<void> {
  const before = await storedEvents()
  const recorded: RecordedEvent[] = []
  await driver.transaction(async (client) => {
    recorded.push(...(await enqueue(client, [full])), ...(await enqueue(client, several)))
  })
  const undone = new Error('undone')
  for (const events of [[full], several]) {
    const attempt = driver.transaction(async (client) => {
      assert.equal((await enqueue(client, events)).length, events.length)
      throw undone
    })
    await assert.rejects(attempt, (error) => error === undone)
  }
  const expected = [full, ...several].map((event, i) => ({
    ...recorded[i],
    xid: String(recorded[i]?.xid),
    topic: event.topic,
    key: event.key ?? recorded[i]?.eventId,
    partition_key: event.partitionKey ?? null,
    type: event.type,
    headers: event.headers ?? null,
    payload: event.payload,
  }))
  assert.deepEqual(await storedEvents(), [...before, ...expected])
}

async function storedEvents(): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: outbox.url })
  await client.connect()
  const { rows } = await client.query(
    `select id::integer, event_id as "eventId", xid::text, shard, created_at as "createdAt",
       topic, key, partition_key, type, headers, payload from outbox.event order by id`,
  )
  await client.end()
  return rows
}

async function forgetsBehindASavepoint(driver: TestDriver): Promise<void> {
  const before = await storedEvents()
  await driver.undone?.(async (client) => {
    assert.equal((await enqueue(client, several)).length, several.length)
  })
  assert.deepEqual(await storedEvents(), before)
}

async function refusesOutside(driver: TestDriver): Promise<void> {
  if (driver.outside) assert.throws(driver.outside, withCode('noTransaction', /Pass the `\w+` of `/))
}

async function refusesAsTooLarge(driver: TestDriver): Promise<void> {
  const large = { ...full, payload: 'x'.repeat(1_000_001) }
  for (const events of [[large], [full, large]]) {
    const attempt = driver.transaction(async (client) => void (await enqueue(client, events)))
    await assert.rejects(attempt, withCode('tooLarge', /the limit is 1000000/))
  }
}

function withCode(code: OutboxErrorCode, message = /./) {
  return (error: unknown) =>
    error instanceof OutboxError && error.code === code && message.test(error.message)
}
