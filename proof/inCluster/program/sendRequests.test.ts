import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { freePort } from '@relevo/embedded'
import { commissionsSystem } from '../../../systems/commissions.ts'
import { messagesSystem } from '../../../systems/messages.ts'
import { sendRequests } from './sendRequests.ts'

const { requests } = commissionsSystem.entry

test('a server that ends the connection leaves the outcome unknown, and nothing more is sent', async (t) => {
  const url = await listen(t, (request) => request.socket.destroy())
  const { lines } = await sendRequests(url, requests, 'c')
  assert.deepEqual(
    lines.map(({ outcome, content }) => [outcome, content]),
    [['unknown', 'c:calculated']],
  )
})

test('a port that nobody listens at refuses', async () => {
  const url = `http://127.0.0.1:${await freePort()}`
  const { lines } = await sendRequests(url, messagesSystem.entry.requests, 'c')
  assert.deepEqual(
    lines.map(({ outcome }) => outcome),
    ['refused'],
  )
})

test('each request follows the acknowledgement of the one before, and gets its answer', async (t) => {
  const commissionId = '019abcde-0000-7000-8000-000000000000'
  const seen: unknown[] = []
  const url = await listen(t, (request, response) => {
    let text = ''
    request.on('data', (chunk) => (text += chunk))
    request.on('end', () => {
      seen.push([request.url, JSON.parse(text).commissionId])
      response.writeHead(request.url?.endsWith('calculate') ? 201 : 200)
      response.end(JSON.stringify({ commissionId }))
    })
  })
  assert.deepEqual((await sendRequests(url, requests, 'c')).lines, [
    { outcome: 'ack', content: 'c:calculated' },
    { outcome: 'ack', content: 'c:approved' },
  ])
  assert.deepEqual(seen, [
    ['/commissions/calculate', undefined],
    ['/commissions/approve', commissionId],
  ])
})

type Handler = NonNullable<Parameters<typeof createServer>[1]>

function listen(t: TestContext, handler: Handler): Promise<string> {
  const server = createServer(handler)
  t.after(() => server.close())
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })
}
