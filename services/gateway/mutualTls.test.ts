import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { temporaryDirectory } from '@relevo/embedded'
import { Certificates, startHttpServer } from '@relevo/kit'
import {
  afterTest,
  eventually,
  silent,
  type TestCertificate,
  testAuthority,
  writeCertificate,
} from '@relevo/testing'
import { Registry } from 'prom-client'
import { runningGateway } from './gatewayHarness.ts'

const reloadMs = 20
const path = '/api/orders/orders/stats'

const fingerprint = ({ cert }: Pick<TestCertificate, 'cert'>) => new X509Certificate(cert).fingerprint256

/** A service that tells whose certificate it was shown, and closes each connection: the next request opens another. */
async function mutualBackend(t: TestContext, first: TestCertificate) {
  let files = first
  const certificates = new Certificates(() => files, { logger: silent, registry: new Registry() })
  const stopping = new AbortController()
  void certificates.keepLooking(stopping.signal, reloadMs)
  const server = await startHttpServer(
    ({ socket }, response) => {
      const peer = (socket as TLSSocket).getPeerCertificate().fingerprint256
      response.writeHead(200, { connection: 'close', 'content-type': 'application/json' })
      response.end(JSON.stringify({ peer, own: fingerprint(certificates.current) }))
    },
    { host: '127.0.0.1', port: 0, certificates },
  )
  afterTest(t, async () => {
    stopping.abort()
    await server.stop()
  })
  return {
    url: `https://localhost:${server.port}`,
    certificates,
    renew: (next: TestCertificate) => {
      files = next
    },
  }
}

test('a gateway without a certificate of the same authority gets no answer from a service', async (t) => {
  const authority = testAuthority()
  const orders = await mutualBackend(t, authority.issue())
  const without = await runningGateway(t, { orders })
  const foreign = writeCertificate(temporaryDirectory(), { ...testAuthority().issue(), ca: authority.cert })
  const stranger = await runningGateway(t, { orders }, foreign)
  const known = await runningGateway(t, { orders }, writeCertificate(temporaryDirectory(), authority.issue()))
  for (const gateway of [without, stranger]) assert.equal((await gateway.ask(path)).status, 503)
  assert.equal((await known.ask(path)).status, 200)
})

test('certificates and their authority are changed under load, and no request fails', async (t) => {
  const [old, young] = [testAuthority(9), testAuthority(5)]
  const [first, second] = [old.issue(), old.issue()]
  const orders = await mutualBackend(t, first)
  const directory = temporaryDirectory()
  const env = {
    ...writeCertificate(directory, second),
    TLS_RELOAD_MS: String(reloadMs),
    RATE_LIMIT_PER_ADDRESS: '1000000',
  }
  const gateway = await runningGateway(t, { orders }, env)
  const statuses = new Map<number, number>()
  let seen: { readonly peer: string; readonly own: string } | undefined
  let isOver = false
  const client = async () => {
    while (!isOver) {
      const { status, body } = await gateway.ask(path)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      seen = body
    }
  }
  const clients = Promise.all([1, 2, 3, 4].map(client))
  const use = async (service: TestCertificate, own: TestCertificate, what: string) => {
    orders.renew(service)
    writeCertificate(directory, own)
    const areUsed = () => seen?.own === fingerprint(service) && seen.peer === fingerprint(own)
    await eventually(areUsed, what)
  }
  /** When the first of the authorities that the gateway believes expires. */
  const trustOf = async () =>
    /expiry_seconds\{certificate="ca"\} (\d+)/.exec(await gateway.registry.metrics())?.[1]
  try {
    await use(old.issue(), old.issue(), 'new certificates of the same authority')
    const both = `${old.cert}${young.cert}`
    const [theirs, ours] = [old.issue(), old.issue()]
    const trustBefore = await trustOf()
    await use({ ...theirs, ca: both }, { ...ours, ca: both }, 'both authorities')
    assert.notEqual(await trustOf(), trustBefore)
    await use(
      { ...young.issue(), ca: both },
      { ...young.issue(), ca: both },
      'certificates of the new authority',
    )
    await use(young.issue(), young.issue(), 'the new authority alone')
  } finally {
    isOver = true
  }
  await clients
  assert.deepEqual([...statuses.keys()], [200], JSON.stringify([...statuses]))
  const late = await runningGateway(
    t,
    { orders },
    writeCertificate(temporaryDirectory(), { ...second, ca: young.cert }),
  )
  assert.equal((await late.ask(path)).status, 503)
})
