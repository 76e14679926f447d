import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { newKey, openText, PersonalDataError, sealText } from './seal.ts'

const place = { user: 'u', event: 'e', field: 'name' }

test('any text comes back, and no two sealed texts are the same', () => {
  const key = newKey()
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const sealed = sealText(key, place, text)
      assert.equal(openText(key, place, sealed), text)
      assert.notEqual(sealText(key, place, text), sealed)
    }),
  )
})

test('it opens with its key only, and at its place: user, event and field', () => {
  const key = newKey()
  const sealed = sealText(key, place, 'Ana')
  for (const other of [{ user: 'v' }, { event: 'f' }, { field: 'email' }, { user: 'u","e', event: '' }])
    assert.throws(() => openText(key, { ...place, ...other }, sealed), PersonalDataError)
  assert.throws(() => openText(newKey(), place, sealed), PersonalDataError)
})

test('what was altered in any byte, or is no sealed text, does not open', () => {
  const key = newKey()
  const sealed = sealText(key, place, 'Ana')
  const bytes = Buffer.from(sealed.slice('sealed.v1.'.length), 'base64url')
  for (let at = 0; at < bytes.length; at++) {
    const altered = Buffer.from(bytes)
    altered[at] = (altered[at] ?? 0) ^ 1
    assert.throws(() => openText(key, place, `sealed.v1.${altered.toString('base64url')}`), PersonalDataError)
  }
  for (const text of ['', 'Ana', 'sealed.v1.', sealed.slice(0, -4), sealed.replace('v1', 'v2')])
    assert.throws(() => openText(key, place, text), PersonalDataError, text)
})
