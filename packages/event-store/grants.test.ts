import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grantToApp as grantOutbox } from '../outbox/sql/grantOutbox.ts'
import { createEventStore } from './eventStore.ts'
import { account, sharedEventStore } from './eventStoreHarness.ts'
import { grantToApp } from './sql/grantEventStore.ts'

const harness = sharedEventStore()

test('a service appends by the function only, and neither stores nor changes events by itself', async (t) => {
  const { pool, id, transaction } = harness(t)
  const role = `"app-${id}"`
  await pool.query(`create role ${role}; ${grantToApp(role)}; ${grantOutbox(role)}`)
  t.after(() => pool.query(`drop owned by ${role}; drop role ${role}`))
  const kept = { ...account, snapshot: { every: 1, revision: 1 } }
  const store = createEventStore({ publish: ({ type, data }) => ({ topic: 't', type, payload: data }) })
  await transaction(async (client) => {
    await client.query(`set local role ${role}`)
    await store.execute(client, kept, id, { do: 'open', owner: 'ana' })
    assert.equal((await store.load(client, kept, id)).version, 1)
    await client.query('delete from event_store.snapshot')
  })
  for (const statement of [
    `insert into event_store.event (stream, version, event_id, type, data, recorded_at)
     values ('x-1', 1, gen_random_uuid(), 'x', '1', now())`,
    `update event_store.event set type = 'y'`,
    'delete from event_store.event',
    'truncate event_store.event',
    `select nextval('event_store.event_seq')`,
  ]) {
    const attempt = transaction(async (client) => {
      await client.query(`set local role ${role}`)
      await client.query(statement)
    })
    await assert.rejects(attempt, { code: '42501' }, statement)
  }
})
