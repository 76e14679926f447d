import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inTransaction } from '@relevo/kit'
import { newKey } from '@relevo/kit/personal'
import { appPool, testDatabase } from '@relevo/testing'
import { createProfile } from './commands/changeProfile.ts'
import { database } from './database.ts'
import { toChoices } from './requests.ts'
import { findProfile } from './sql/findProfile.ts'

test('the service can do its work, and cannot change the schema', async (t) => {
  const app = await appPool(t, await testDatabase(t, database.migrations), database.grants)
  const context = { id: crypto.randomUUID(), key: newKey(), language: 'es' } as const
  await inTransaction(app, (client) =>
    createProfile(client, context, toChoices({ phone: '+34600111222' }, 'es')),
  )
  assert.match((await findProfile(app, context.id))?.phone ?? '', /^sealed\.v1\./)
  for (const statement of [
    'create table public.mine (n integer)',
    'drop table profile',
    'delete from outbox.event',
  ])
    await assert.rejects(app.query(statement), { code: '42501' }, statement)
})

test('the table takes nothing personal that is not sealed', async (t) => {
  const { pool } = await testDatabase(t, database.migrations)
  const insert = `insert into profile (id, state, version, language, phone) values (gen_random_uuid(), 'active', 1, 'es', $1)`
  await assert.rejects(pool.query(insert, ['+34600111222']), { code: '23514' })
})
