import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { createProducer } from '@relevo/kafka'
import { grantRights, migrate } from '@relevo/kit'
import { createTopics } from '@relevo/kit/migration'
import { enqueue } from '@relevo/outbox'
import { Maintenance, Relay } from '@relevo/relay'
import { createTestDatabase, eventually, silent as logger, testServers } from '@relevo/testing'
import pg from 'pg'
import { Registry } from 'prom-client'
import { messagesTopic } from '../../systems/messages.ts'
import { database as system } from './database.ts'

const insufficientPrivilege = { code: '42501' }

test('the services can do their work and cannot change the schema', async (t) => {
  const { app, relay, relayUrl } = await migratedDatabase(t)
  const [event] = await enqueue(app, [{ topic: 'messages', type: 'test', payload: {} }])
  await publish(t, relayUrl)
  await eventually(async () => {
    const { rows } = await app.query('select state from outbox.event_status where id = $1', [event?.id])
    return rows[0]?.state === 'E'
  }, 'the event sent')
  const insert = 'insert into messages (content, evento_id, event_id) values ($1, 1, gen_random_uuid())'
  await app.query(insert, ['x'])
  assert.equal((await app.query('select inbox.maintain()')).rows[0].maintain, true)

  for (const statement of [
    'create table public.mine (n integer)',
    'alter table messages add column mine integer',
    'drop table messages',
    'update outbox.event set payload = null',
    'delete from outbox.event',
    'update outbox.place set acknowledged = 0',
    'drop table outbox.event',
    'delete from relevo_migration',
  ])
    await assert.rejects(app.query(statement), insufficientPrivilege, `app: ${statement}`)
  for (const statement of [
    'create table public.mine (n integer)',
    'drop table outbox.place',
    'select * from messages',
    'select * from inbox.processed',
    'delete from relevo_migration',
  ])
    await assert.rejects(relay.query(statement), insufficientPrivilege, `relay: ${statement}`)
})

test('the relay makes and drops partitions', async (t) => {
  const { app, relay } = await migratedDatabase(t)
  await relay.query(`
    create table outbox.event_20200101 (like outbox.event including defaults including generated);
    alter table outbox.event attach partition outbox.event_20200101 for values from ('2020-01-01') to ('2020-01-02')`)
  const maintenance = new Maintenance(relay, logger, { partitionsAheadDays: 20, retentionDays: 30 })
  assert.deepEqual(await maintenance.keep(), ['event_20200101'])
  const { rows } = await app.query(
    'select count(*)::integer as n from pg_inherits where inhparent = $1::regclass',
    ['outbox.event'],
  )
  assert.equal(rows[0].n, 22)
  await enqueue(app, [{ topic: 'messages', type: 'test', payload: {} }])
  assert.equal((await relay.query('select pending from outbox.rebase()')).rows[0].pending, '1')
})

test('rights can be granted again, and by two at once', async (t) => {
  const { app, ownerUrl, roles } = await migratedDatabase(t)
  await Promise.all([
    grantRights(ownerUrl, roles, system.grants, logger),
    grantRights(ownerUrl, roles, system.grants, logger),
  ])
  await migrate(ownerUrl, system.migrations, logger)
  await enqueue(app, [{ topic: 'messages', type: 'test', payload: {} }])
})

test('a role that is not there is an error', async (t) => {
  const { ownerUrl } = await migratedDatabase(t)
  await assert.rejects(grantRights(ownerUrl, { app: 'nobody' }, system.grants, logger), { code: '42704' })
})

/** A database whose owner has migrated it and given two other roles their rights. */
async function migratedDatabase(t: TestContext) {
  const database = await createTestDatabase()
  const admin = new pg.Client({ connectionString: database.url })
  await admin.connect()
  const suffix = randomBytes(4).toString('hex')
  // A name that has to be quoted.
  const roles = { owner: `owner_${suffix}`, app: `app-${suffix}`, relay: `relay_${suffix}` }
  const quoted = Object.values(roles).map((role) => pg.escapeIdentifier(role))
  for (const role of quoted) await admin.query(`create role ${role} login password 'x'`)
  await admin.query(`grant ${roles.relay} to ${roles.owner}`)
  await admin.query(`alter database ${new URL(database.url).pathname.slice(1)} owner to ${roles.owner}`)
  const urlOf = (role: string) => {
    const url = new URL(database.url)
    Object.assign(url, { username: role, password: 'x' })
    return url.href
  }
  const app = new pg.Pool({ connectionString: urlOf(roles.app) })
  const relay = new pg.Pool({ connectionString: urlOf(roles.relay) })
  t.after(async () => {
    await Promise.all([app.end(), relay.end(), admin.end()])
    await database.drop()
    await dropRoles(quoted)
  })
  const ownerUrl = urlOf(roles.owner)
  await migrate(ownerUrl, system.migrations, logger)
  await grantRights(ownerUrl, roles, system.grants, logger)
  return { app, relay, ownerUrl, relayUrl: urlOf(roles.relay), roles }
}

async function dropRoles(quoted: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: (await testServers()).databaseUrl })
  await client.connect()
  for (const role of quoted) await client.query(`drop role ${role}`)
  await client.end()
}

async function publish(t: TestContext, databaseUrl: string): Promise<void> {
  const { brokers } = await testServers()
  const kafka = { brokers, clientId: 'rights-test' }
  await createTopics(kafka, [messagesTopic], 30_000, logger)
  const producer = createProducer(kafka)
  const relay = new Relay({ databaseUrl, producer, source: '/test', logger, registry: new Registry() })
  relay.start()
  t.after(async () => {
    await relay.stop()
    await producer.close()
  })
}
