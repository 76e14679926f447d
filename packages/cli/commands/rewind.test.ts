import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { createInbox, inboxMigrations } from '@relevo/inbox'
import { createTestDatabase, eventually, testTopic } from '@relevo/testing'
import pg from 'pg'
import { Registry } from 'prom-client'
import { runCommand } from '../runCommand.ts'

test('a group is shown what a rewind would do, is refused while it runs, and is set back', async (t) => {
  const { topic, kafka, producer } = await testTopic(t, 1)
  const database = await createTestDatabase(inboxMigrations.directory)
  const pool = new pg.Pool({ connectionString: database.url })
  const logger = { debug() {}, info() {}, warn() {}, error() {} }
  const group = `group-${randomUUID()}`
  const inbox = createInbox({
    pool,
    consumerName: group,
    kafka,
    topics: [topic],
    handlers: {},
    onUnknownType: 'ignore',
    deadLetterTopic: null,
    registry: new Registry(),
    logger,
  })
  t.after(async () => {
    await inbox.stop()
    await pool.end()
    await database.drop()
  })
  await producer.send([{ topic, key: 'k', value: '{}', headers: { ce_type: 'happened' } }])
  inbox.start()
  const taken = 'select from inbox.taken where next_offset = 1'
  await eventually(async () => (await pool.query(taken)).rowCount === 1, 'the record taken')
  const lines: string[] = []
  const add = (text: string) => lines.push(text)
  const environment = { KAFKA_BROKERS: kafka.brokers.join(','), DATABASE_URL: database.url }
  const rewind = (...words: string[]) =>
    runCommand(['inbox', 'rewind', '--group', group, ...words], environment, { out: add, err: add })
  const early = ['--to', '2020-01-01T00:00:00Z']
  assert.equal(await rewind(...early), 0)
  assert.match(lines.join(), /Nothing was changed/)
  assert.equal(await rewind(...early, '--apply'), 2)
  assert.match(lines.at(-1) ?? '', /has members\. Stop its consumers/)
  await inbox.stop()
  assert.equal(await rewind(...early, '--apply'), 0)
  assert.match(lines.at(-1) ?? '', /Start the consumers again/)
  const [row] = (await pool.query('select next_offset::integer as next from inbox.taken')).rows
  assert.deepEqual(row, { next: 0 })
  assert.equal(await rewind('--to', 'yesterday'), 2)
})
