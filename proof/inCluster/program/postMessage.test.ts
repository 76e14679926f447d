import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { failureOf } from './postJson.ts'
import { outcomeOf, postMessage } from './postMessage.ts'

test('only an answer that names the event acknowledges it', () => {
  const outcome = (status: number, body?: Record<string, unknown>) => outcomeOf('c', { status, body })
  const acknowledged = outcome(201, { success: true, evento_id: 7, estado: 'E' })
  assert.deepEqual(acknowledged, { line: { outcome: 'ack', id: 7, content: 'c' }, delivered: true })
  assert.equal(outcome(202, { success: true, evento_id: 8, estado: 'P' }).line.outcome, 'ack')
  assert.equal(outcome(202, { success: true, evento_id: 8, estado: 'P' }).delivered, false)
  assert.equal(outcome(201).line.outcome, 'unknown')
  assert.equal(outcome(201, {}).line.outcome, 'unknown')
  assert.equal(outcome(503).line.outcome, 'unknown')
  assert.equal(outcome(400, {}).line.outcome, 'refused')
})

test('of a request that may have arrived nobody knows; one that never left was refused', () => {
  const broken = (code: string) => failureOf(new TypeError('fetch failed', { cause: { code } }))
  assert.equal(broken('ECONNREFUSED').outcome, 'refused')
  assert.equal(broken('ECONNRESET').outcome, 'unknown')
  assert.equal(failureOf(new DOMException('late', 'TimeoutError')).outcome, 'unknown')
})

test('a server that ends the connection leaves the outcome unknown', async (t) => {
  const url = await listen(t, (request) => request.socket.destroy())
  assert.equal((await postMessage(url, 'c')).line.outcome, 'unknown')
})

test('a port that nobody listens at refuses', async (t) => {
  const server = createServer()
  const url = await new Promise<string>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })
  await new Promise((resolve) => server.close(resolve))
  t.diagnostic(url)
  assert.equal((await postMessage(url, 'c')).line.outcome, 'refused')
})

type Handler = NonNullable<Parameters<typeof createServer>[1]>

function listen(t: TestContext, handler: Handler): Promise<string> {
  const server = createServer(handler)
  t.after(() => server.close())
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })
}
