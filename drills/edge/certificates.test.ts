import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expiryIn, withIssuing } from './certificates.ts'

test('a renewal leaves the other conditions of a certificate as they are', () => {
  const ready = { type: 'Ready', status: 'True' }
  const found = withIssuing([ready, { type: 'Issuing' }], new Date(0))
  assert.deepEqual(
    found.map((condition) => (condition as { type: string }).type),
    ['Ready', 'Issuing'],
  )
  assert.deepEqual(found[0], ready)
  assert.match(JSON.stringify(found[1]), /"status":"True".*1970-01-01T00:00:00.000Z/)
})

test('the end of the certificate in use is read from the metrics', () => {
  const text =
    'relevo_tls_certificate_expiry_seconds{certificate="ca"} 9\nrelevo_tls_certificate_expiry_seconds{certificate="own"} 1800000000'
  assert.equal(expiryIn(text), 1_800_000_000)
  assert.equal(expiryIn('other 1'), 0)
})
