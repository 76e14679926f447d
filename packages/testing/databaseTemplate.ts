import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { type MigrationSet, migrate } from '@relevo/kit'
import pg from 'pg'
import { silent } from './silent.ts'

/** What a database of a test holds: the SQL files of a folder, or migrations as `migrate` applies them, with its notes. */
export type TestMigrations = URL | readonly MigrationSet[]

const templates = new Map<string, Promise<string>>()

/**
 * The name of a database that holds the migrations and is there to be copied, which takes a fifth of the time that they
 * do. It is created once per server, by whoever asks first.
 */
export async function databaseTemplate(serverUrl: string, migrations: TestMigrations): Promise<string> {
  const texts = await readAll(migrations)
  const digest = createHash('sha256')
    .update(JSON.stringify([serverUrl, texts]))
    .digest('hex')
  const name = `template_${digest.slice(0, 16)}`
  const made = templates.get(name) ?? makeOnce(serverUrl, name, migrations)
  templates.set(name, made)
  made.catch(() => templates.delete(name))
  return made
}

/** What the migrations are made of: equal ones can share a template. */
async function readAll(migrations: TestMigrations): Promise<readonly (readonly string[])[]> {
  if (migrations instanceof URL) return [await readFolder(migrations)]
  return Promise.all(migrations.map(async ({ name, directory }) => [name, ...(await readFolder(directory))]))
}

/** The files of a folder in the order of their names. */
async function readFolder(folder: URL): Promise<string[]> {
  const names = (await readdir(folder)).sort()
  return Promise.all(names.map((name) => readFile(new URL(name, folder), 'utf8')))
}

async function makeOnce(serverUrl: string, name: string, migrations: TestMigrations): Promise<string> {
  const server = new pg.Client({ connectionString: serverUrl })
  await server.connect()
  try {
    // Another process may be at it: its lock ends with its session.
    await server.query('select pg_advisory_lock(hashtext($1))', [name])
    const { rowCount } = await server.query('select from pg_database where datname = $1 and datistemplate', [
      name,
    ])
    if (rowCount === 1) return name
    await server.query(`drop database if exists ${name} with (force)`)
    await server.query(`create database ${name}`)
    await fill(Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href, migrations)
    // One that somebody is connected to cannot be copied.
    await server.query(`alter database ${name} with allow_connections false is_template true`)
    return name
  } finally {
    await server.end()
  }
}

async function fill(url: string, migrations: TestMigrations): Promise<void> {
  if (!(migrations instanceof URL)) return void (await migrate(url, migrations, silent))
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (const text of await readFolder(migrations)) await client.query(text)
  } finally {
    await client.end()
  }
}
