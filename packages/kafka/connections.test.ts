import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { test } from 'node:test'
import { openSession, patiently } from './session.ts'

test('once closed no connection is opened again, not even by what was under way', async (t) => {
  const sockets: net.Socket[] = []
  const server = net.createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const address = { host: '127.0.0.1', port: (server.address() as net.AddressInfo).port }
  const config = { brokers: [`${address.host}:${address.port}`], clientId: 'test' }
  const session = openSession(config, { connectMs: 2_000, requestMs: 2_000 })
  const asking = patiently(() => session.cluster.refresh([])) // tries once more when its connection breaks
  await once(server, 'connection')
  session.connections.close()
  await assert.rejects(asking, { code: 'closed' })
  await assert.rejects(session.connections.to(address), { code: 'closed' })
  assert.equal(sockets.length, 1)
})
