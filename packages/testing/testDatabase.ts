import type { TestContext } from 'node:test'
import { createPool, type MigrationSet, migrate } from '@relevo/kit'
import type pg from 'pg'
import { afterTest } from './afterTest.ts'
import { createTestDatabase } from './createTestDatabase.ts'
import { silent } from './silent.ts'

export interface MigratedDatabase {
  readonly url: string
  readonly pool: pg.Pool
}

/** A new database with these migrations and a pool on it; both are gone after the test. */
export async function testDatabase(
  t: TestContext,
  migrations: readonly MigrationSet[] = [],
): Promise<MigratedDatabase> {
  const database = await createTestDatabase()
  const pool = createPool({ databaseUrl: database.url, name: 'test', size: 20, logger: silent })
  afterTest(t, async () => {
    await pool.end()
    await database.drop()
  })
  if (migrations.length > 0) await migrate(database.url, migrations, silent)
  return { url: database.url, pool }
}
