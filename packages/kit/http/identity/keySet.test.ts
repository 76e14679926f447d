import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createLogger } from '../../process/logger.ts'
import { KeySet, loadFrom } from './keySet.ts'
import { createTestIssuer } from './testIssuer.ts'

const logger = createLogger('test', 'silent')
const first = createTestIssuer('first')
const second = createTestIssuer('second')
const both = { keys: [...first.jwks.keys, ...second.jwks.keys] }

/** A set of keys with a clock of its own, whose answers are set. */
function keySet(answer: unknown = first.jwks) {
  const state = { answer, loads: 0, now: 1_000_000 }
  const load = async () => {
    state.loads++
    if (state.answer instanceof Error) throw state.answer
    return state.answer
  }
  const keys = new KeySet({ load, logger, cooldownMs: 5_000, maxAgeMs: 60_000, now: () => state.now })
  return { keys, state }
}

test('a set is loaded once for all who ask, and an unknown key has it loaded anew after the cooldown', async () => {
  const { keys, state } = keySet()
  const found = await Promise.all(['first', 'first', 'second'].map((id) => keys.find(id)))
  assert.deepEqual(found.map(Boolean), [true, true, false])
  state.answer = both
  for (let i = 0; i < 20; i++) assert.equal(await keys.find('second'), undefined)
  assert.equal(state.loads, 1)
  state.now += 5_000
  assert.ok(await keys.find('second'))
  assert.equal(state.loads, 2)
})

test('the last good set holds while the issuer is away or answers nonsense', async () => {
  const { keys, state } = keySet()
  assert.ok(await keys.find('first'))
  for (const answer of [new Error('away'), {}, { keys: [] }, { keys: 'x' }, { keys: Array(17).fill({}) }]) {
    state.answer = answer
    state.now += 60_001
    assert.ok(await keys.find('first'))
    assert.equal(await keys.find('second'), undefined)
  }
  assert.ok(state.loads > 5, 'it was asked each time')
})

test('a key that is not published any more is forgotten once the set is old', async () => {
  const { keys, state } = keySet(both)
  assert.ok(await keys.find('second'))
  state.answer = first.jwks
  state.now += 60_001
  await keys.find('second') // served by the old set, and has it loaded
  await keys.find('none') // waits for that
  assert.equal(await keys.find('second'), undefined)
})

test('without any set yet it is the service that is not available', async () => {
  const { keys, state } = keySet(new Error('away'))
  await assert.rejects(keys.find('first'), { code: 'unavailable' })
  state.answer = first.jwks
  state.now += 5_000
  assert.ok(await keys.find('first'))
})

test('keys for anything else than verifying by EdDSA are passed over', async () => {
  const [jwk] = first.jwks.keys
  const wrong = [
    { ...jwk, alg: 'HS256' },
    { ...jwk, kty: 'oct', k: 'c2VjcmV0' },
    { ...jwk, use: 'enc' },
    { ...jwk, crv: 'X25519' },
    { ...jwk, kid: '../first' },
    { ...jwk, x: 'short' },
  ]
  const { keys } = keySet({ keys: [...wrong, ...second.jwks.keys] })
  assert.equal(await keys.find('first'), undefined)
  assert.ok(await keys.find('second'))
})

async function listen(t: TestContext, listener: RequestListener): Promise<URL> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`)
}

test('loading by HTTP is bounded in size and time, and follows no redirect', async (t) => {
  const url = await listen(t, ({ url: path }, response) => {
    if (path === '/moved') return void response.writeHead(302, { location: '/jwks.json' }).end()
    if (path === '/failing') return void response.writeHead(500).end()
    if (path === '/silent') return
    if (path === '/large') return void response.end(`"${'x'.repeat(70_000)}"`)
    response.end(JSON.stringify(first.jwks))
  })
  const load = (path: string) => loadFrom(new URL(path, url), { timeoutMs: 1_000 })()
  assert.deepEqual(await loadFrom(url)(), JSON.parse(JSON.stringify(first.jwks)))
  await assert.rejects(load('/moved'))
  await assert.rejects(load('/failing'), /answers 500/)
  await assert.rejects(load('/large'), /more than 65536 bytes/)
  await assert.rejects(load('/silent'), { name: 'TimeoutError' })
})
