import type { TestContext } from 'node:test'
import { createPool, type MigrationSet } from '@relevo/kit'
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
  migrations?: readonly MigrationSet[],
): Promise<MigratedDatabase> {
  const database = await createTestDatabase(migrations)
  const pool = createPool({ databaseUrl: database.url, name: 'test', size: 20, logger: silent })
  afterTest(t, async () => {
    await pool.end()
    await database.drop()
  })
  return { url: database.url, pool }
}
