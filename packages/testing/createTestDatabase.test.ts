import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { temporaryDirectory } from '@relevo/embedded'
import pg from 'pg'
import { createTestDatabase, type TestDatabase } from './createTestDatabase.ts'

/** A folder with one migration, as a set of a name of its own. */
async function migrationSet(t: TestContext, sql: string) {
  const folder = join(temporaryDirectory(), 'migrations')
  t.after(() => rm(folder, { recursive: true }))
  await mkdir(folder)
  await writeFile(join(folder, '0001_first.sql'), sql)
  return { name: 'first', directory: pathToFileURL(`${folder}/`) }
}

async function ask(database: TestDatabase, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

test('databases of the same migrations are copies of one that is made once, and know nothing of each other', async (t) => {
  const set = await migrationSet(
    t,
    `create table made as select '${randomUUID()}' as mark, gen_random_uuid() as id`,
  )
  const databases = await Promise.all(Array.from({ length: 4 }, () => createTestDatabase([set])))
  t.after(() => Promise.all(databases.map((database) => database.drop())))
  const [first, second] = databases as [TestDatabase, TestDatabase]
  const made = await Promise.all(databases.map((database) => ask(database, 'select id from made')))
  assert.deepEqual(made, Array(4).fill(made[0]))
  assert.equal((await ask(first, 'select from relevo_migration')).length, 1)
  await ask(first, 'delete from made')
  assert.equal((await ask(second, 'select from made')).length, 1)
})

test('a migration that fails is the error of each, and what it left does not stand in the way of the next', async (t) => {
  const id = randomUUID()
  const set = await migrationSet(t, `select 1 / 0 -- ${id}`)
  for (let attempt = 0; attempt < 2; attempt++)
    await assert.rejects(createTestDatabase([set]), { message: /division by zero/ })
  await assert.rejects(createTestDatabase(set.directory), { message: /division by zero/ })
})
