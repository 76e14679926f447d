import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { afterTest, startProcess } from '@relevo/testing'
import { send, testBackend } from './gatewayHarness.ts'

const program = join(import.meta.dirname, 'main.ts')

test('the log has a line for each request, without anything that tells of whom', async (t) => {
  const orders = await testBackend(t)
  const gateway = startProcess(program, {
    PATH: process.env.PATH,
    HOST: '127.0.0.1',
    PORT: '0',
    GATEWAY_SERVICES: `orders=${orders.url}`,
    RATE_LIMIT_PER_ADDRESS: '1',
  })
  afterTest(t, () => gateway.kill())
  const { port = 0 } = await gateway.logged('listening')
  const path = '/api/orders/orders/private-path?customer_email=private@test.com'
  const headers = { 'x-request-id': 'request-1', cookie: 'private-cookie', 'x-forwarded-for': '203.0.113.7' }
  assert.equal((await send(port, path, { headers })).status, 200)
  assert.equal((await send(port, path, { headers })).status, 429)
  gateway.child.kill('SIGTERM')
  assert.equal(await gateway.ended, 0)
  const lines = gateway
    .text()
    .split('\n')
    .filter((line) => line.includes('"msg":"request"'))
  const { time: _, ms, ...facts } = JSON.parse(lines[0] ?? '')
  assert.equal(typeof ms, 'number')
  assert.deepEqual(facts, {
    level: 'info',
    service: 'gateway',
    requestId: 'request-1',
    method: 'GET',
    route: '/api/orders/orders/:id',
    status: 200,
    msg: 'request',
  })
  assert.deepEqual([lines.length, JSON.parse(lines[1] ?? '').status], [2, 429])
  assert.doesNotMatch(gateway.text(), /private|203\.0\.113\.7/)
})

test('wrong settings are told all at once', async () => {
  const gateway = startProcess(program, {
    PATH: process.env.PATH,
    HOST: '0.0.0.0',
    GATEWAY_SERVICES: 'orders=nowhere',
    TRUSTED_PROXIES: '10.0.0.0/40',
    CORS_ORIGINS: 'https://shop.example/path',
  })
  assert.equal(await gateway.ended, 78)
  for (const name of ['AUTH', 'GATEWAY_SERVICES', 'TRUSTED_PROXIES', 'CORS_ORIGINS'])
    assert.match(gateway.errors(), new RegExp(`${name} must be`), name)
})
