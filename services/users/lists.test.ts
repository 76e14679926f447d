import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rebuildProjection } from '@relevo/event-store'
import { silent } from '@relevo/testing'
import { accountsProjection } from './projections/accounts.ts'
import { usersHarness } from './usersHarness.ts'

test('admins find users by beginnings of words and whole addresses, page by page', async (t) => {
  const { ask, post, withToken, admin, password } = await usersHarness(t)
  const names = ['Ana Pérez', 'Anabel Ruiz', 'Bea Pérez Ana']
  for (const [n, name] of names.entries())
    await post('/users', { name, email: `user.${n}@example.com`, password })
  const root = await admin()
  const find = async (query: string) => {
    const { body } = await ask(`/users?${query}`, withToken(root))
    return { names: body.users.map(({ name }: { name: string }) => name), next: body.next_cursor }
  }
  assert.deepEqual((await find('search=an')).names, ['Bea Pérez Ana', 'Anabel Ruiz', 'Ana Pérez'])
  assert.deepEqual((await find('search=PÉREZ%20ana')).names, ['Bea Pérez Ana', 'Ana Pérez'])
  assert.deepEqual((await find('search=USER.1@example.com')).names, ['Anabel Ruiz'])
  assert.deepEqual((await find('search=nobody')).names, [])
  assert.deepEqual((await find('search=%25')).names, [])
  const first = await find('limit=3')
  const second = await find(`limit=3&cursor=${first.next}`)
  assert.deepEqual([...first.names, ...second.names], [...names.toReversed(), 'Admin'])
  assert.equal(second.next, undefined)
})

test('the read model is rebuilt without any key, erased users and all', async (t) => {
  const { pool, someone, admin, ask, withToken } = await usersHarness(t)
  const [gone] = [await someone('gone@example.com'), await someone('stays@example.com')]
  await ask(`/users/${gone.id}`, withToken(gone.access, 'DELETE'))
  const list = async () => (await ask('/users', withToken(await admin()))).body
  const before = await list()
  assert.equal(before.count, 2)
  const projection = accountsProjection
  assert.deepEqual(await rebuildProjection({ pool, projection, logger: silent }), { outcome: 'switched' })
  assert.deepEqual(await list(), before)
})
