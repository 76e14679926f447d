import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { forAllTests } from '@relevo/testing'
import { runningProfiles } from './profilesHarness.ts'

const running = forAllTests((t) => runningProfiles(t))

const address = { street: 'Calle Mayor 1', city: 'Madrid', postal_code: '28013', country: 'ES' }
const on = { order_updates: true, account_news: true }

test('a profile is made, read, replaced, patched and deleted, each step by the ETag of the one before', async () => {
  const { post, ask, change, patch, users, told } = running()
  const id = users.add()
  const made = await post('/profiles', { id, address, phone: '+34600111222', language: 'en' })
  assert.equal(made.status, 201, made.text)
  assert.equal(made.headers.get('location'), `/profiles/${id}`)
  assert.equal(made.headers.get('etag'), '"1"')
  const { created_at, updated_at, ...rest } = made.body
  assert.ok(Date.parse(created_at) > 0 && Date.parse(updated_at) > 0)
  const own = { address, phone: '+34600111222', language: 'en', notifications: on }
  assert.deepEqual(rest, { id, name: null, email: null, ...own, version: 1 })
  assert.equal((await post('/profiles', { id })).status, 409)

  const read = await ask(`/profiles/${id}`)
  assert.deepEqual([read.status, read.headers.get('etag'), read.body], [200, '"1"', made.body])
  assert.equal(read.headers.get('cache-control'), 'private, no-cache')

  const replaced = await change('PUT', `/profiles/${id}`, { phone: '+34911222333' }, { 'if-match': '"1"' })
  assert.equal(replaced.status, 200, replaced.text)
  assert.equal(replaced.headers.get('etag'), '"2"')
  assert.deepEqual(
    [replaced.body.address, replaced.body.phone, replaced.body.language],
    [null, '+34911222333', 'es'],
  )

  const patched = await patch(id, { address, notifications: { account_news: false } }, '"2"')
  assert.equal(patched.status, 200, patched.text)
  assert.deepEqual(patched.body.address, address)
  assert.deepEqual(patched.body.notifications, { ...on, account_news: false })
  assert.equal(patched.body.phone, '+34911222333')
  const moved = await patch(
    id,
    { address: { city: 'Gijón', region: 'Asturias' }, phone: null, notifications: null },
    '"3"',
  )
  assert.deepEqual(moved.body.address, { ...address, city: 'Gijón', region: 'Asturias' })
  assert.deepEqual([moved.body.phone, moved.body.notifications, moved.body.version], [null, on, 4])

  assert.equal((await change('DELETE', `/profiles/${id}`, undefined, { 'if-match': '"4"' })).status, 204)
  assert.equal((await ask(`/profiles/${id}`)).status, 404)
  const again = await post('/profiles', { id })
  assert.deepEqual(
    [again.status, again.headers.get('etag'), again.body.address],
    [201, '"6"', null],
    again.text,
  )

  const events = await told(id)
  const [first] = events
  assert.equal(first.topic, 'PROFILE_UPDATED')
  assert.deepEqual(first.payload, {
    ...{ id, version: 1, change: 'created', fields: ['address', 'phone', 'language', 'notifications'] },
    ...{ language: 'en', notifications: on },
  })
  assert.deepEqual(
    events.map(({ payload }) => [payload.version, payload.change, payload.fields.join()]),
    [
      [1, 'created', 'address,phone,language,notifications'],
      [2, 'changed', 'address,phone,language'],
      [3, 'changed', 'address,notifications'],
      [4, 'changed', 'address,phone,notifications'],
      [5, 'deleted', ''],
      [6, 'created', 'language,notifications'],
    ],
  )
})

test('without If-Match it is 428, with another ETag 412 and the right one, and nothing is changed', async () => {
  const { ask, change, someone, told } = running()
  const { id } = await someone({ phone: '+34600111222' })
  const path = `/profiles/${id}`
  for (const [method, body] of [
    ['PUT', {}],
    ['PATCH', { phone: null }],
    ['DELETE', undefined],
  ] as const) {
    assert.equal((await change(method, path, body)).status, 428, method)
    for (const stale of ['"7"', 'W/"1"', '""']) {
      const refused = await change(method, path, body, { 'if-match': stale })
      assert.deepEqual([refused.status, refused.headers.get('etag')], [412, '"1"'], `${method} ${stale}`)
    }
    assert.equal((await change(method, path, body, { 'if-match': '1' })).status, 400, method)
    // What is not there is not found, whatever is sent with it.
    const none = `/profiles/${randomUUID()}`
    assert.equal((await change(method, none, body, { 'if-match': '"1"' })).status, 404)
    assert.equal((await change(method, none, body)).status, 404)
  }
  assert.equal((await ask(path)).body.version, 1)
  assert.equal((await told(id)).length, 1)
  assert.equal((await change('PUT', path, {}, { 'if-match': '"0", "1"' })).status, 200)
  assert.equal((await change('DELETE', path, undefined, { 'if-match': '*' })).status, 204)
})

test('of many changes of one version one is made', async () => {
  const { patch, someone, ask } = running()
  const { id, etag } = await someone()
  const phones = Array.from({ length: 8 }, (_, n) => `+3460011122${n}`)
  const answers = await Promise.all(phones.map((phone) => patch(id, { phone }, etag)))
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, ...Array(7).fill(412)])
  const made = answers.find(({ status }) => status === 200)
  assert.deepEqual((await ask(`/profiles/${id}`)).body, made?.body)
})

test('what changes nothing keeps its version and tells nobody', async () => {
  const { patch, change, someone, told } = running()
  const { id, etag } = await someone({ address, language: 'en' })
  for (const body of [{}, { language: 'en' }, { address: { city: 'Madrid' } }, { phone: null }]) {
    const { status, headers, text } = await patch(id, body, etag)
    assert.deepEqual([status, headers.get('etag')], [200, '"1"'], text)
  }
  const turned = Object.fromEntries(Object.entries(address).toReversed())
  assert.equal(
    (await change('PUT', `/profiles/${id}`, { address: turned, language: 'en' }, { 'if-match': etag })).body
      .version,
    1,
  )
  assert.equal((await told(id)).length, 1)
})

test('If-None-Match: 304 without a body while it is as the client has it', async () => {
  const { ask, patch, someone } = running()
  const { id, etag } = await someone()
  const get = (tags: string) => ask(`/profiles/${id}`, { headers: { 'if-none-match': tags } })
  for (const same of [etag, `W/${etag}`, `"0", ${etag}`, '*']) {
    const { status, text, headers } = await get(same)
    assert.deepEqual([status, text, headers.get('etag')], [304, '', etag], same)
  }
  await patch(id, { language: 'en' }, etag)
  const changed = await get(etag)
  assert.deepEqual([changed.status, changed.headers.get('etag'), changed.body.language], [200, '"2"', 'en'])
})

test('a POST with an Idempotency-Key takes effect once, and nothing personal is kept of it', async () => {
  const { post, users, told, pool } = running()
  const id = users.add()
  const headers = { 'idempotency-key': randomUUID() }
  const body = { id, phone: '+34600999888' }
  const answers = [await post('/profiles', body, headers), await post('/profiles', body, headers)]
  for (const { status, body: profile, text } of answers)
    assert.deepEqual([status, profile.phone], [201, body.phone], text)
  assert.equal(answers[1]?.headers.get('idempotent-replayed'), 'true')
  assert.equal((await told(id)).length, 1)
  const { rows } = await pool.query('select outcome as text from idempotency.outcome')
  assert.ok(rows.length > 0)
  for (const { text } of rows) assert.ok(!text.includes('600999888'), text)
})

test('a user whom the users service does not know gets no profile, and while it is away nobody is told a thing', async () => {
  const { post, ask, users, someone } = running()
  assert.equal((await post('/profiles', { id: randomUUID() })).status, 404)
  assert.equal((await post('/profiles', {})).status, 400)
  const { id } = await someone()
  const other = users.add()
  users.setAway(true)
  try {
    const refused = await post('/profiles', { id: other })
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '1'])
    assert.equal((await ask(`/profiles/${id}`)).status, 200, 'its key is kept for a minute')
  } finally {
    users.setAway(false)
  }
  assert.equal((await post('/profiles', { id: other })).status, 201)
})

test('a merge patch is one, and other patches are not taken for it', async () => {
  const { patch, someone } = running()
  const { id, etag } = await someone()
  const refused = await patch(id, [{ op: 'remove', path: '/phone' }], etag, 'application/json-patch+json')
  assert.equal(refused.status, 415)
  assert.equal(refused.headers.get('accept-patch'), 'application/merge-patch+json, application/json')
  assert.equal((await patch(id, {}, etag, 'application/merge-patch+json; charset=utf-8')).status, 200)
})
