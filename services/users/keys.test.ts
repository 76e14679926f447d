import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, silent } from '@relevo/testing'
import { decodeProtectedHeader } from 'jose'
import { parseMasterKeys } from './secrets/masterKeys.ts'
import { rewrapKeys } from './secrets/rewrapKeys.ts'
import { findPersonalKey } from './sql/personalKeys.ts'
import { dueKey, SigningKeys } from './tokens/signingKeys.ts'
import { masterKey, usersHarness } from './usersHarness.ts'

test('a key is due when there is none, and when the newest is old; it is published before it signs', () => {
  const times = { rotateMs: 1_000, publishAheadMs: 300 }
  assert.equal(dueKey({ count: 0, newestMs: null }, times), 0)
  assert.equal(dueKey({ count: 1, newestMs: 999 }, times), undefined)
  assert.equal(dueKey({ count: 2, newestMs: 1_000 }, times), 300)
})

test('a rotated key is published before it signs, and the old one stays for as long as its tokens live', async (t) => {
  const { ask, post, someone, withToken, pool } = await usersHarness(t, {
    SIGNING_KEY_AHEAD_MS: '3600000',
    SIGNING_KEY_POLL_MS: '20',
  })
  const { access, refresh } = await someone('ana@example.com')
  const { kid: old } = decodeProtectedHeader(access)
  assert.equal((await ask('/auth/keys/rotate', withToken(access, 'POST'))).status, 403)
  const { body } = await ask('/auth/keys/rotate', withToken('operators', 'POST'))
  const published = async () => {
    const { keys } = (await ask('/.well-known/jwks.json')).body
    assert.ok(
      keys.every((key: object) => !('d' in key)),
      'no private part',
    )
    return keys.map(({ kid }: { kid: string }) => kid)
  }
  assert.deepEqual((await published()).sort(), [old, body.kid].sort())
  const refreshed = await post('/auth/refresh', { refresh_token: refresh })
  assert.equal(decodeProtectedHeader(refreshed.body.access_token).kid, old, 'it does not sign yet')

  await pool.query('update signing_key set signs_from = now() where kid = $1', [body.kid])
  let token = refreshed.body.refresh_token
  const signedBy = await eventually(async () => {
    const { body: tokens } = await post('/auth/refresh', { refresh_token: token })
    token = tokens.refresh_token
    return decodeProtectedHeader(tokens.access_token).kid === body.kid && tokens.access_token
  }, 'a token of the new key')
  for (const good of [access, signedBy]) assert.equal((await ask('/users/me', withToken(good))).status, 200)

  await pool.query(`update signing_key set signs_from = signs_from - interval '1 day'`)
  await eventually(async () => (await published()).length === 1, 'the old key is gone')
  assert.deepEqual(await published(), [body.kid])
})

test('replicas that start at once make one key, and sign with the same', async (t) => {
  const { pool, variables } = await usersHarness(t)
  await pool.query('delete from signing_key')
  const masterKeys = parseMasterKeys(variables.USERS_MASTER_KEYS)
  const times = { rotateMs: 1e9, publishAheadMs: 0, keepMs: 1e9, pollMs: 1e6 }
  const replicas = Array.from(
    { length: 4 },
    () => new SigningKeys({ pool, masterKeys, times, logger: silent }),
  )
  await Promise.all(replicas.map((keys) => keys.refresh()))
  assert.equal(new Set(replicas.map((keys) => keys.signer().kid)).size, 1)
})

test('the master key is rotated: everything is encrypted anew, and the old one is needed no more', async (t) => {
  const { pool, variables, someone } = await usersHarness(t)
  const { id } = await someone('ana@example.com')
  const old = variables.USERS_MASTER_KEYS
  const next = masterKey('next')
  const before = await findPersonalKey(pool, id)
  assert.ok(before)
  const plain = parseMasterKeys(old).unwrap(`personal:${id}`, before)
  const { signal } = new AbortController()
  assert.equal(
    await rewrapKeys(pool, parseMasterKeys(`${next},${old}`), signal),
    4,
    'two users, a hash, a signing key',
  )
  assert.equal(await rewrapKeys(pool, parseMasterKeys(next), signal), 0)
  const after = await findPersonalKey(pool, id)
  assert.ok(after)
  assert.deepEqual(parseMasterKeys(next).unwrap(`personal:${id}`, after), plain)
  assert.throws(() => parseMasterKeys(old).unwrap(`personal:${id}`, after), /"next" is needed/)
  assert.throws(() => parseMasterKeys(next).unwrap(`personal:${crypto.randomUUID()}`, after))
})

test('master keys that are none are told so, without being shown', () => {
  for (const text of ['', 'x', 'a:short', `a:${'A'.repeat(44)}`, `${masterKey('a')},${masterKey('a')}`])
    assert.throws(
      () => parseMasterKeys(text),
      (error: Error) => !text || !error.message.includes(text),
      text,
    )
})
