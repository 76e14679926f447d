import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createServer } from 'node:tls'
import { promisify } from 'node:util'
import { temporaryDirectory } from '@relevo/embedded'
import { type Logger, loadConfig } from '@relevo/kit'
import { afterTest, eventually, silent, tcpProxy } from '@relevo/testing'
import { Registry } from 'prom-client'
import { config } from '../config.ts'
import { rawClient, testValkey } from './cacheHarness.ts'
import { createCacheMetrics } from './cacheMetrics.ts'
import { isBreakerOpen, Valkey, type ValkeyOptions } from './valkey.ts'

const run = promisify(execFile)
/** Long, where a test is not about time. */
const patient = { timeoutMs: 10_000, connectTimeoutMs: 10_000, retryAfterMs: 50 }

function open(t: TestContext, url: string, options: Partial<ValkeyOptions> = {}): Valkey {
  const metrics = createCacheMetrics(new Registry())
  const valkey = new Valkey({ url, logger: silent, metrics, ...patient, ...options })
  afterTest(t, () => valkey.stop())
  return valkey
}

test('what is stored is found until its time by the server, however late it was stored', async (t) => {
  const { url } = await testValkey(t)
  const valkey = open(t, url)
  const { key, at, text } = await valkey.look('a')
  assert.equal(text, null)
  await valkey.store(key, 'x', at + 3_600_000)
  assert.equal((await valkey.look('a')).text, 'x')
  const client = await rawClient(t, url)
  assert.ok((await client.pTTL(key)) <= 3_600_000)

  // As a command does that waited for a server which was stopped for a while.
  await eventually(async () => (await valkey.look('a')).at > at + 5)
  await valkey.store(key, 'late', at + 5)
  assert.equal((await valkey.look('a')).text, null)
})

test('after a failover nothing is found that another server has stored', async (t) => {
  const [first, second] = [await testValkey(t), await testValkey(t)]
  const replica = await rawClient(t, second.url)
  await replica.replicaOf('127.0.0.1', first.port)
  let port = first.port
  const proxy = await tcpProxy(() => port)
  afterTest(t, () => proxy.close())
  const valkey = open(t, `redis://127.0.0.1:${proxy.port}`)
  const looked = await valkey.look('a')
  await valkey.store(looked.key, 'x', looked.at + 3_600_000)
  assert.equal((await valkey.look('a')).text, 'x')
  await eventually(() => replica.exists(looked.key), 'the entry at the replica')

  await first.kill()
  await replica.sendCommand(['REPLICAOF', 'NO', 'ONE'])
  port = second.port
  proxy.cut()
  const again = await eventually(
    () => valkey.look('a').catch(() => undefined),
    'an answer of the new primary',
  )
  assert.equal(again.text, null)
  assert.equal(await replica.exists(looked.key), 1)
  // Nor is anything stored there whose time the first one has told.
  await replica.del(looked.key)
  await valkey.store(looked.key, 'old', looked.at + 3_600_000)
  assert.equal(await replica.exists(looked.key), 0)
})

test('the breaker opens after five failures, says so once, and closes when the server is back', async (t) => {
  const { url, kill, startAgain } = await testValkey(t)
  const told: string[] = []
  const tell = (_: unknown, message: string) => void told.push(message)
  const logger = { ...silent, warn: tell, info: tell } as unknown as Logger
  const valkey = open(t, url, { logger, retryAfterMs: 200 })
  await valkey.look('a')
  await kill()
  const failures: unknown[] = []
  await eventually(async () => {
    const error = await valkey.look('a').catch((reason: unknown) => reason)
    if (!isBreakerOpen(error)) failures.push(error)
    return isBreakerOpen(error)
  }, 'the breaker open')
  assert.equal(failures.length, 5)
  await eventually(async () => {
    const error = await valkey.look('a').catch((reason: unknown) => reason)
    return !isBreakerOpen(error)
  }, 'another try that fails')
  await startAgain()
  await eventually(() => valkey.look('a').catch(() => undefined), 'the breaker closed')
  assert.deepEqual(told, ['the cache is away: pages are read from Postgres', 'the cache is back'])
})

test('a server that hangs holds nobody up, and nothing gathers at its connection', async (t) => {
  const { url, pause, resume } = await testValkey(t)
  const metrics = createCacheMetrics(new Registry())
  const valkey = open(t, url, { metrics, timeoutMs: 40, retryAfterMs: 20 })
  await eventually(() => valkey.look('a').catch(() => undefined), 'a connection')
  pause()
  for (let opened = 0; opened < 10; ) {
    const error = await valkey.look('a').catch((reason: unknown) => reason)
    assert.ok(error instanceof Error)
    if (isBreakerOpen(error)) opened++
  }
  resume()
  await eventually(() => valkey.look('a').catch(() => undefined), 'answers again')
  const client = await rawClient(t, url)
  await eventually(async () => {
    const clients = String(await client.sendCommand(['CLIENT', 'LIST'])).split('\n')
    return clients.filter((line) => line.includes('name=relevo-messages')).length === 1
  }, 'one connection only')
})

test('TLS by rediss:// and a password in the URL work, and neither is left out', async (t) => {
  const { port } = await testValkey(t, { requirepass: 'p@ss word' })
  const { certificate, tlsPort } = await tlsBefore(t, port)
  const password = encodeURIComponent('p@ss word')
  const good = open(t, `rediss://:${password}@localhost:${tlsPort}`, { ca: () => certificate })
  assert.equal((await good.look('a')).text, null)
  await assert.rejects(
    open(t, `rediss://:${password}@localhost:${tlsPort}`).look('a'),
    /self-signed|certificate/,
  )
  await assert.rejects(
    open(t, `rediss://localhost:${tlsPort}`, { ca: () => certificate }).look('a'),
    /NOAUTH/,
  )
  await assert.rejects(
    open(t, `redis://:${password}@localhost:${tlsPort}`, { connectTimeoutMs: 500 }).look('a'),
  )
})

/** Takes TLS connections and passes them on without. */
async function tlsBefore(t: TestContext, port: number) {
  const directory = temporaryDirectory()
  afterTest(t, () => rmSync(directory, { recursive: true }))
  const [keyFile, certFile] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30']
  await run('openssl', ['req', '-x509', ...curve, '-keyout', keyFile, '-out', certFile, ...subject])
  const certificate = readFileSync(certFile, 'utf8')
  const server = createServer({ key: readFileSync(keyFile), cert: certificate }, (client) => {
    const upstream = connect(port, '127.0.0.1')
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
      one.pipe(other)
    }
  })
  server.on('tlsClientError', () => {})
  server.listen(0)
  await once(server, 'listening')
  afterTest(t, () => void server.close())
  return { certificate, tlsPort: (server.address() as AddressInfo).port }
}

test('a URL that no client could connect to is a wrong configuration, and says what to write', () => {
  const problemsOf = (env: Record<string, string>) => {
    try {
      loadConfig(config, { DATABASE_URL: 'postgres://db/shop', ...env })
      return []
    } catch (error) {
      return (error as { problems: string[] }).problems
    }
  }
  for (const REDIS_URL of [
    'redis://cache',
    'redis://u:p%40@cache:6380/3',
    'rediss://[::1]:6379/',
    'redis://:p@h/0',
  ])
    assert.deepEqual(problemsOf({ REDIS_URL }), [], REDIS_URL)
  for (const REDIS_URL of [
    'cache:6379',
    'http://cache',
    'redis://cache:99999',
    'redis:6379',
    'redis://cache/db',
    'redis:///0',
  ])
    assert.match(problemsOf({ REDIS_URL }).join(), /^REDIS_URL must .*redis:\/\//, REDIS_URL)
  assert.doesNotMatch(problemsOf({ REDIS_URL: 'http://:hidden@cache' }).join(), /hidden/)
  assert.match(
    problemsOf({ REDIS_TLS_CA_FILE: '/nowhere' }).join(),
    /REDIS_TLS_CA_FILE must be set with REDIS_URL/,
  )
})
