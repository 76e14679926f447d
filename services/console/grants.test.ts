import assert from 'node:assert/strict'
import { test } from 'node:test'
import { appPool, startInProcess, testDatabase, testServers } from '@relevo/testing'
import { runningMonitor } from '../monitor/monitorHarness.ts'
import { failingConsumer, logInTo, token } from './consoleHarness.ts'
import { database } from './database.ts'
import { service } from './main.ts'

test('the console does its work as a role that can neither delete nor rewrite what operators did', async (t) => {
  const consumer = await failingConsumer(t)
  const monitor = await runningMonitor(t, { 'message-processor': consumer })
  const own = await testDatabase(t, database.migrations)
  const app = await appPool(t, own, database.grants)
  const console = await startInProcess(t, service, {
    DATABASE_URL: app.options.connectionString ?? '',
    OPERATOR_TOKEN: token,
    KAFKA_BROKERS: (await testServers()).brokers.join(','),
    LOOK_INTERVAL_MS: '100',
    OPERATED_SERVICES: `message-processor=${consumer.url},monitor=${monitor.url}`,
  })
  await consumer.send({ content: 'one' })
  const { groups } = await console.until('/console/board', ({ events }) => events === 1)
  await consumer.heal()
  const [{ source, group }] = groups
  const body = { source, group, per_second: 100, note: 'healed' }
  assert.equal((await console.post('/console/letters/redrive', body, await logInTo(console))).status, 200)
  await console.until('/console/actions', ({ actions }) => actions[0]?.done === 1)
  await console.until('/console/history?minutes=1', ({ kept_from }) => kept_from !== null)
  assert.equal((await own.pool.query('select from outbox.event')).rowCount, 2)

  for (const statement of [
    'delete from action',
    `update action set asked_by = 'nobody'`,
    'update action set action_id = gen_random_uuid()',
    'truncate action',
    'update sample set lag = 0',
    'delete from session_key',
    `update session_key set key = sha256('mine')`,
    'delete from outbox.event',
    'insert into outbox.event default values',
    'create table mine (n integer)',
    'alter table action drop column note',
  ])
    await assert.rejects(app.query(statement), { code: '42501' }, statement)
})
