import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { outcomeOf, sendCommission } from './sendCommission.ts'

test('only an answer that names the commission acknowledges the event, which its content names', () => {
  const acknowledged = outcomeOf('c:approved', { status: 200, body: { commissionId: 'x' } })
  assert.deepEqual(acknowledged, { line: { outcome: 'ack', content: 'c:approved' }, commissionId: 'x' })
  assert.equal(outcomeOf('c', { status: 201, body: {} }).line.outcome, 'unknown')
  assert.equal(outcomeOf('c', { status: 503, body: undefined }).line.outcome, 'unknown')
  assert.equal(outcomeOf('c', { status: 409, body: {} }).line.outcome, 'refused')
})

test('a commission is approved once it is calculated, and a calculation that broke off has one event', async (t) => {
  const paths: (string | undefined)[] = []
  const url = await listen(t, (request, response) => {
    paths.push(request.url)
    response.writeHead(request.url?.endsWith('calculate') ? 201 : 200)
    response.end('{"commissionId":"x"}')
  })
  assert.deepEqual(await sendCommission(url, 'c'), [
    { outcome: 'ack', content: 'c:calculated' },
    { outcome: 'ack', content: 'c:approved' },
  ])
  assert.deepEqual(paths, ['/commissions/calculate', '/commissions/approve'])
  const broken = await listen(t, (request) => request.socket.destroy())
  const lines = await sendCommission(broken, 'c')
  assert.deepEqual(
    lines.map(({ outcome, content }) => [outcome, content]),
    [['unknown', 'c:calculated']],
  )
})

type Handler = NonNullable<Parameters<typeof createServer>[1]>

function listen(t: TestContext, handler: Handler): Promise<string> {
  const server = createServer(handler)
  t.after(() => server.close())
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })
}
