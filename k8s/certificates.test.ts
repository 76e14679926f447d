import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { createAuthority, issueCertificate, mtlsSecrets, serviceNames } from './certificates.ts'

test('a certificate is signed by its authority, for its names, and signs none itself', async () => {
  const authority = await createAuthority('test')
  const ca = new X509Certificate(authority.cert)
  const own = new X509Certificate((await issueCertificate(authority, ['relevo-orders', 'x.y'], 3)).cert)
  assert.ok(own.checkIssued(ca) && own.verify(ca.publicKey))
  assert.equal(own.ca, false)
  assert.equal(own.subjectAltName, 'DNS:relevo-orders, DNS:x.y')
  assert.deepEqual(own.keyUsage, ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'])
  const days = (Date.parse(own.validTo) - Date.now()) / 86_400_000
  assert.ok(days > 2.9 && days < 3.1)
})

test('the secrets of a release are its certificate, of every Service, and its authority', async () => {
  const secrets = (await mtlsSecrets('shop', 'ns')) as {
    metadata: { name: string }
    stringData: Record<string, string>
  }[]
  assert.deepEqual(
    secrets.map(({ metadata }) => metadata.name),
    ['shop-mtls', 'shop-mtls-ca'],
  )
  const own = new X509Certificate(secrets[0]?.stringData['tls.crt'] ?? '')
  for (const name of ['shop-orders', 'shop-orders.ns', 'shop-relay-users'])
    assert.ok(own.checkHost(name) !== undefined, name)
  assert.ok(own.verify(new X509Certificate(secrets[0]?.stringData['ca.crt'] ?? '').publicKey))
  assert.ok(serviceNames('shop', 'ns').length > 20)
})
