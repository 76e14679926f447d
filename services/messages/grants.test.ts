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
import { findDatabaseIdentity } from './sql/findDatabaseIdentity.ts'

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
  assert.equal((await app.query("select idempotency.claim('k', 'r')")).rowCount, 0)
  assert.match(await findDatabaseIdentity(app), /^\d+-\d+$/)
  await app.query("update idempotency.outcome set outcome = '1'")
  await app.query('delete from idempotency.outcome')

  for (const statement of [
    'create table public.mine (n integer)',
    'alter table messages add column mine integer',
    'drop table messages',
    'update outbox.event set payload = null',
    'delete from outbox.event',
    `insert into outbox.event (xid, id, shard, event_id, topic, key, type, payload)
     values ('3', 1, 99, gen_random_uuid(), 't', 'k', 'y', '1')`,
    "select nextval('outbox.event_id_seq')",
    'select outbox.rebase()',
    'select outbox.retention_time()',
    'select outbox.trim_default(now())',
    'select outbox.set_max_event_bytes(5)',
    'update outbox.stored_cursor set acknowledged = 0',
    'drop table outbox.event',
    'delete from relevo_migration',
  ])
    await assert.rejects(app.query(statement), insufficientPrivilege, `app: ${statement}`)
  for (const statement of [
    'create table public.mine (n integer)',
    'drop table outbox.stored_cursor',
    'create table outbox.mine (n integer)',
    `create function outbox.enqueue_one(uuid, text, text, text, text, text, text) returns text
     language sql return 'mine'`,
    'create trigger mine before insert on outbox.event execute function suppress_redundant_updates_trigger()',
    'create trigger mine before update on outbox.stored_cursor execute function suppress_redundant_updates_trigger()',
    "alter table outbox.event alter topic set default 'mine'",
    'drop table outbox.event_default',
    `insert into outbox.event (xid, id, shard, event_id, topic, key, type, payload)
     values ('3', 1, 1, gen_random_uuid(), 't', 'k', 'y', '1')`,
    "select outbox.enqueue_one(gen_random_uuid(), 't', 'k', null, 'y', null, '1')",
    'update outbox.setting set shards = 1',
    'create publication mine for table outbox.event',
    'select * from messages',
    'select * from inbox.processed',
    'select * from idempotency.outcome',
    'delete from relevo_migration',
  ])
    await assert.rejects(relay.query(statement), insufficientPrivilege, `relay: ${statement}`)
})

test('the relay makes and drops partitions by functions, and rebases', async (t) => {
  const { app, relay, owner } = await migratedDatabase(t)
  await owner.query(`
    create table outbox.event_20200101 (like outbox.event including defaults including generated);
    alter table outbox.event attach partition outbox.event_20200101 for values from ('2020-01-01') to ('2020-01-02')`)
  await assert.rejects(relay.query("select outbox.drop_detached('event_20200101')"), { code: '55000' })
  for (const name of ['event_default', 'stored_cursor', 'event_20200101; drop table outbox.event'])
    await assert.rejects(relay.query('select outbox.detach_partition($1)', [name]), { code: '22023' }, name)
  const maintenance = new Maintenance(relay, logger, { partitionsAheadDays: 20, retentionDays: 30 })
  assert.deepEqual(await maintenance.keep(), ['event_20200101'])
  const { rows } = await app.query(
    'select count(*)::integer as n from pg_inherits where inhparent = $1::regclass',
    ['outbox.event'],
  )
  assert.equal(rows[0].n, 23)
  await enqueue(app, [{ topic: 'messages', type: 'test', payload: {} }])
  assert.equal((await relay.query('select pending from outbox.rebase()')).rows[0].pending, '1')
})

test('what a service puts into its search path does not reach the functions that record for it', async (t) => {
  const { app, owner, roles } = await migratedDatabase(t)
  await owner.query(
    `create schema evil authorization current_user; grant all on schema evil to ${pg.escapeIdentifier(roles.app)}`,
  )
  const client = await app.connect()
  await client.query(`
    create function evil.mine(text, text) returns boolean language plpgsql as $$ begin raise exception 'reached as %', current_user; end $$;
    create operator evil.<> (leftarg = text, rightarg = text, function = evil.mine);
    create operator evil.= (leftarg = text, rightarg = text, function = evil.mine);
    create function evil.octet_length(text) returns integer language plpgsql as $$ begin raise exception 'reached as %', current_user; end $$;
    set search_path = evil, pg_catalog`)
  await assert.rejects(client.query("select octet_length('a'::text)"), /reached as/)
  const events = [{ topic: 'messages', type: 'test', headers: { a: '\\' }, payload: '\\u' }]
  assert.equal((await enqueue(client, events)).length, 1)
  assert.equal((await enqueue(client, [...events, ...events])).length, 2)
  const { rows } = await client.query('select distinct xid::text from outbox.event')
  assert.equal(rows.length, 2, 'the xids are those of the two transactions')
  client.release()
})

test('only the roles of a database that the owner has to itself may connect to it, and so hold its locks', async (t) => {
  const { stranger } = await migratedDatabase(t)
  await assert.rejects(stranger.query('select pg_advisory_lock(1919247990, 0)'), insufficientPrivilege)
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
  const roles = {
    owner: `owner_${suffix}`,
    app: `app-${suffix}`,
    relay: `relay_${suffix}`,
    stranger: `stranger_${suffix}`,
  }
  const quoted = Object.values(roles).map((role) => pg.escapeIdentifier(role))
  for (const role of quoted) await admin.query(`create role ${role} login password 'x'`)
  await admin.query(`alter database ${new URL(database.url).pathname.slice(1)} owner to ${roles.owner}`)
  const urlOf = (role: string) => {
    const url = new URL(database.url)
    Object.assign(url, { username: role, password: 'x' })
    return url.href
  }
  const app = new pg.Pool({ connectionString: urlOf(roles.app) })
  const relay = new pg.Pool({ connectionString: urlOf(roles.relay) })
  const owner = new pg.Pool({ connectionString: urlOf(roles.owner) })
  const stranger = new pg.Pool({ connectionString: urlOf(roles.stranger) })
  t.after(async () => {
    await Promise.all([app, relay, owner, stranger, admin].map((each) => each.end()))
    await database.drop()
    await dropRoles(quoted)
  })
  const ownerUrl = urlOf(roles.owner)
  await migrate(ownerUrl, system.migrations, logger)
  await grantRights(ownerUrl, roles, system.grants, logger)
  return { app, relay, owner, stranger, ownerUrl, relayUrl: urlOf(roles.relay), roles }
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
