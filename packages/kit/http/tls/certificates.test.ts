import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type Agent, get, type RequestOptions } from 'node:https'
import { type TestContext, test } from 'node:test'
import { temporaryDirectory } from '@relevo/embedded'
import {
  afterTest,
  silent,
  singleService,
  startInProcess,
  testAuthority,
  writeCertificate,
} from '@relevo/testing'
import { Registry } from 'prom-client'
import { z } from 'zod'
import { Certificates, fetchServices } from '../../index.ts'

let handled = 0

const service = singleService(
  { path: '/thing', responses: { 200: { description: 'It', schema: z.object({ is: z.string() }) } } },
  () => {
    handled += 1
    return { body: { is: 'here' } }
  },
)

async function mutualService(t: TestContext) {
  const authority = testAuthority()
  const own = authority.issue()
  const files = writeCertificate(temporaryDirectory(), own)
  const running = await startInProcess(t, service, { ...files, PROBE_PORT: '0' })
  const { port } = new URL(running.url)
  /** Asks as this certificate says, or without one. */
  const askAs = async (options: RequestOptions) => {
    const request = get(`https://localhost:${port}/thing`, { agent: false as unknown as Agent, ...options })
    const [response] = await once(request, 'response')
    response.resume()
    return response.statusCode as number
  }
  return { ...running, authority, own, port, askAs }
}

test('only who shows a certificate of the same authority is answered', async (t) => {
  const { authority, own, port, askAs } = await mutualService(t)
  assert.equal(await askAs(authority.issue()), 200)
  const { ca } = own
  const before = handled
  // The alert may come before or after the end of the connection.
  await assert.rejects(askAs({ ca }))
  await assert.rejects(askAs({ ...testAuthority().issue(), ca }))
  await assert.rejects(askAs({ ...authority.issue(), ca, maxVersion: 'TLSv1.2' }))
  await assert.rejects(fetch(`http://127.0.0.1:${port}/thing`))
  assert.equal(handled, before)
  // Nor is somebody believed to be the service who is not.
  await assert.rejects(askAs({ ...authority.issue(), ca: testAuthority().cert }), {
    code: /SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/,
  } as object)
})

test('who has no certificate asks the probes, and nothing else', async (t) => {
  const { probeUrl, authority } = await mutualService(t)
  for (const path of ['/health', '/ready', '/serving', '/metrics'])
    assert.equal((await fetch(probeUrl + path)).status, 200, path)
  for (const path of ['/thing', '/openapi.json', '/', '/health/../thing'])
    assert.equal((await fetch(probeUrl + path)).status, 404, path)
  assert.equal((await fetch(`${probeUrl}/health`, { method: 'POST' })).status, 404)
  const text = await (await fetch(`${probeUrl}/metrics`)).text()
  const expiry = Number(/relevo_tls_certificate_expiry_seconds\{certificate="own"\} (\d+)/.exec(text)?.[1])
  assert.ok(expiry * 1_000 > Date.now() && expiry * 1_000 < Date.now() + 3 * 86_400_000)
  assert.ok(authority.cert)
})

test('services ask each other by their certificates, and those that have none as before', async (t) => {
  const { port, own, authority } = await mutualService(t)
  const mine = authority.issue()
  const certificates = new Certificates(() => mine, { logger: silent, registry: new Registry() })
  const peers = fetchServices(certificates)
  afterTest(t, peers.stop)
  const answer = await peers.fetch(`https://localhost:${port}/thing`)
  assert.deepEqual(await answer.json(), { is: 'here' })
  const plain = await startInProcess(t, service, {})
  assert.equal((await peers.fetch(`${plain.url}/thing`)).status, 200)
  assert.ok(own.cert)
})

test('a certificate that cannot be used leaves the last one in use', (t) => {
  const authority = testAuthority()
  let texts = authority.issue()
  const registry = new Registry()
  const certificates = new Certificates(() => texts, { logger: silent, registry })
  const changes: string[] = []
  certificates.onChange(({ cert }) => void changes.push(cert))
  const first = certificates.current
  const next = testAuthority(9).issue()
  for (const bad of [
    { ...next, key: first.key },
    { ...next, cert: '-----BEGIN CERTIFICATE-----\nhalf' },
    { ...next, ca: '' },
  ]) {
    texts = bad
    certificates.look()
    assert.equal(certificates.current, first)
  }
  texts = next
  certificates.look()
  assert.equal(certificates.current, next)
  certificates.look()
  assert.deepEqual(changes, [next.cert])
  t.diagnostic('the same texts are no change')
})

test('all three files are named, or none', async (t) => {
  const { TLS_CERT_FILE } = writeCertificate(temporaryDirectory(), testAuthority().issue())
  await assert.rejects(startInProcess(t, service, { TLS_CERT_FILE }), { code: 'invalidConfig' })
})
