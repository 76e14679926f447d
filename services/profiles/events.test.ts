import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, forAllTests } from '@relevo/testing'
import { runningProfiles, userEvent } from './profilesHarness.ts'

const running = forAllTests((t) => runningProfiles(t))

const phone = '+34600777666'

test('a profile is made by USER_CREATED, follows USER_UPDATED, and is shredded by USER_DELETED for ever', async () => {
  const { until, ask, post, patch, send, users, told, pool } = running()
  const id = users.add()
  const key = users.keyOf(id)
  await send(userEvent('USER_CREATED', id, key))
  const made = await until(`/profiles/${id}`, () => true)
  assert.deepEqual(
    [made.name, made.email, made.language, made.version],
    ['Ana Pérez', 'ana@example.com', 'es', 1],
  )
  assert.equal(
    (
      await patch(
        id,
        { phone, address: { street: 'Sol 1', city: 'Oviedo', postal_code: '33001', country: 'ES' } },
        '"1"',
      )
    ).status,
    200,
  )
  await send(userEvent('USER_UPDATED', id, key, { name: 'Ana Ruiz', email: 'ruiz@example.com' }))
  const updated = await until(`/profiles/${id}`, ({ version }) => version === 3)
  assert.deepEqual([updated.name, updated.email, updated.phone], ['Ana Ruiz', 'ruiz@example.com', phone])

  users.erase(id)
  await send(userEvent('USER_DELETED', id, key))
  await eventually(async () => (await ask(`/profiles/${id}`)).status === 404, 'the profile is gone')
  await send(userEvent('USER_UPDATED', id, key), userEvent('USER_CREATED', id, key))
  // One of another user in the same partitions, after them.
  const next = users.add()
  const nextKey = users.keyOf(next)
  await send(userEvent('USER_CREATED', next, nextKey))
  await send(userEvent('USER_UPDATED', next, nextKey, { name: 'Bea', email: 'bea@example.com' }))
  await until(`/profiles/${next}`, ({ name, version }) => name === 'Bea' && version >= 1)
  assert.equal((await ask(`/profiles/${id}`)).status, 404)
  assert.equal((await post('/profiles', { id })).status, 404, 'the users service has no key any more')
  users.add(id)
  assert.equal((await post('/profiles', { id })).status, 409)
  const { rows } = await pool.query(
    'select state, name, email, address, phone, sealed_by from profile where id = $1',
    [id],
  )
  const gone = { name: null, email: null, address: null, phone: null, sealed_by: null }
  assert.deepEqual(rows, [{ state: 'erased', ...gone }])
  assert.deepEqual(
    (await told(id)).map(({ payload }) => [payload.change, payload.fields.join(), payload.language]),
    [
      ['created', 'name,email,language,notifications', 'es'],
      ['changed', 'address,phone', 'es'],
      ['changed', 'name,email', 'es'],
      ['erased', '', null],
    ],
  )
})

test('nothing personal is readable in any table, before or after', async () => {
  const { until, post, send, users, pool } = running()
  const id = users.add()
  const secrets = ['Zenobia Camprubí', 'zenobia@moguer.example', '+34959370013', 'Calle Ribera 2']
  const [name = '', email = '', ownPhone, street] = secrets
  await send(userEvent('USER_CREATED', id, users.keyOf(id), { name, email }))
  await until(`/profiles/${id}`, () => true)
  const other = users.add()
  const place = { street, city: 'Moguer', postal_code: '21800', country: 'ES' }
  const headers = { 'idempotency-key': crypto.randomUUID() }
  assert.equal((await post('/profiles', { id: other, phone: ownPhone, address: place }, headers)).status, 201)
  const tables = await pool.query(`
select format('%I.%I', table_schema, table_name) as name from information_schema.tables
where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`)
  let rowCount = 0
  for (const { name: table } of tables.rows) {
    const { rows } = await pool.query(`select t::text as row from ${table} t`)
    rowCount += rows.length
    for (const { row } of rows)
      for (const secret of [...secrets, 'Moguer']) {
        const hex = Buffer.from(secret).toString('hex')
        assert.ok(!row.includes(secret) && !row.includes(hex), `${table} has ${secret}`)
      }
  }
  assert.ok(rowCount > 10, 'the tables were read')
})

test('what is no event of a user becomes a dead letter, and the next ones are taken', async () => {
  const { until, send, users } = running()
  const id = users.add()
  const bad = userEvent('USER_CREATED', id, users.keyOf(id))
  await send({ ...bad, payload: { id, name: 'In the clear', email: 'clear@example.com' } })
  await until('/dead-letters', ({ count }) => count === 1)
  await send(userEvent('USER_CREATED', id, users.keyOf(id)))
  assert.equal((await until(`/profiles/${id}`, () => true)).name, 'Ana Pérez')
})
