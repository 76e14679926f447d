import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import { type Grants, grantRights } from '@relevo/kit'
import pg from 'pg'
import { afterTest } from './afterTest.ts'
import { silent } from './silent.ts'
import type { MigratedDatabase } from './testDatabase.ts'

/** A pool of a new role that has the rights of a service in its migrated database; both are gone after the test. */
export async function appPool(
  t: TestContext,
  { url, pool }: MigratedDatabase,
  grants: Grants,
): Promise<pg.Pool> {
  // A name that has to be quoted.
  const role = `app-${randomBytes(4).toString('hex')}`
  const quoted = pg.escapeIdentifier(role)
  await pool.query(`create role ${quoted} login password 'x'`)
  const app = new pg.Pool({
    connectionString: Object.assign(new URL(url), { username: role, password: 'x' }).href,
  })
  afterTest(t, async () => {
    await app.end()
    await pool.query(`drop owned by ${quoted}; drop role ${quoted}`)
  })
  await grantRights(url, { app: role }, grants, silent)
  return app
}
