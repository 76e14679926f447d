import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { testServers } from './testServers.ts'

export interface TestDatabase {
  url: string
  /** Ends every connection to the database and removes it. */
  drop(): Promise<void>
}

/** Creates an empty, randomly named database on the Postgres of `testServers()`; the caller drops it. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { databaseUrl } = await testServers()
  const name = `test_${randomBytes(8).toString('hex')}`
  await execute(databaseUrl, `create database ${name}`)
  const url = new URL(databaseUrl)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => execute(databaseUrl, `drop database if exists ${name} with (force)`) }
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
