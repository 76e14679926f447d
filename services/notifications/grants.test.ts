import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { createPool, grantRights } from '@relevo/kit'
import { eventually } from '@relevo/testing'
import pg from 'pg'
import { database } from './database.ts'
import { createFileWriter } from './file/fileWriter.ts'
import { migratedDatabase } from './notificationsHarness.ts'
import { insertLine } from './sql/eventLines.ts'

test('the service can do its work and cannot change the schema', async (t) => {
  const closing: (() => Promise<unknown>)[] = []
  const { url, pool, directory, logger } = await migratedDatabase(t, async () => {
    for (const close of closing.reverse()) await close()
  })
  const role = `notifications-app-${randomBytes(4).toString('hex')}`
  const quoted = pg.escapeIdentifier(role)
  await pool.query(`create role ${quoted} login password 'x'`)
  closing.push(() => pool.query(`drop owned by ${quoted}; drop role ${quoted}`))
  await grantRights(url, { app: role }, database.grants, logger)
  const databaseUrl = Object.assign(new URL(url), { username: role, password: 'x' }).href
  const app = createPool({ databaseUrl, name: 'notifications', logger })
  closing.push(() => app.end())

  await app.query(insertLine, ['group', randomUUID(), 'one'])
  const path = join(directory, 'events.jsonl')
  const writer = createFileWriter({ pool: app, consumer: 'group', path, logger })
  closing.push(() => writer.stop())
  writer.start()
  await eventually(async () => (await readFile(path, 'utf8').catch(() => '')) === 'one\n', 'the line written')
  assert.equal((await app.query('select inbox.maintain()')).rows[0].maintain, true)
  for (const statement of [
    'create table public.mine (n integer)',
    'drop table event_line',
    'drop table inbox.held',
  ])
    await assert.rejects(app.query(statement), { code: '42501' }, statement)
})
