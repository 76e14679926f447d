import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rebuildProjection } from '@relevo/event-store'
import { inTransaction } from '@relevo/kit'
import { appPool, silent, testDatabase } from '@relevo/testing'
import { deleteUser } from './commands/changeUser.ts'
import { createUser } from './commands/createUser.ts'
import { database as declared } from './database.ts'
import { Passwords } from './passwords/passwords.ts'
import { accountsProjection } from './projections/accounts.ts'
import { openKeyedHash } from './secrets/keyedHash.ts'
import { parseMasterKeys } from './secrets/masterKeys.ts'
import { PersonalKeys } from './secrets/personalKeys.ts'
import { createUserStore, type Users } from './users.ts'
import { masterKey } from './usersHarness.ts'

test('the service can do its work, rebuild its read model, and cannot change the schema', async (t) => {
  const app = await appPool(t, await testDatabase(t, declared.migrations), declared.grants)
  const masterKeys = parseMasterKeys(masterKey('one'))
  const users = {
    pool: app,
    store: createUserStore(),
    personalKeys: new PersonalKeys(masterKeys),
    passwords: new Passwords({ atOnce: 1, waiting: 1 }),
    hash: await openKeyedHash(app, masterKeys),
    logger: silent,
  } as Partial<Users> as Users
  const create = (id: string, email: string) =>
    inTransaction(app, (client) =>
      createUser(client, users, {
        id,
        name: 'Ana',
        email,
        role: 'customer',
        isVerified: true,
        passwordHash: 'x',
      }),
    )
  const [first, second] = [crypto.randomUUID(), crypto.randomUUID()]
  assert.ok(await create(first, 'ana@example.com'))
  assert.ok(!(await create(second, 'ANA@example.com')))
  await inTransaction(app, (client) => deleteUser(client, users, first))
  assert.ok(await create(second, 'ana@example.com'))
  const projection = accountsProjection
  assert.deepEqual(await rebuildProjection({ pool: app, projection, logger: silent }), {
    outcome: 'switched',
  })
  assert.equal((await app.query('select from account')).rowCount, 1)
  for (const statement of [
    'create table public.mine (n integer)',
    'drop table account',
    'delete from outbox.event',
  ])
    await assert.rejects(app.query(statement), { code: '42501' }, statement)
})
