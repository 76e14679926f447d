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

test('a broker that breaks every connection is left alone in between, however often it is asked for', async (t) => {
  let taken = 0
  const server = net.createServer((socket) => {
    taken += 1
    socket.destroy()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => server.close())
  const address = { host: '127.0.0.1', port: (server.address() as net.AddressInfo).port }
  const config = {
    brokers: [`${address.host}:${address.port}`],
    clientId: 'test',
    sasl: { mechanism: 'plain', username: 'u', password: 'p' } as const, // so that a connection is more than a socket
  }
  const { connections } = openSession(config, { connectMs: 2_000, requestMs: 2_000 })
  t.after(() => connections.close())
  const asked = 500
  for (let n = 0; n < asked; n++) await assert.rejects(connections.to(address), { code: 'unreachable' })
  assert.ok(taken > 0 && taken < asked / 5, `${taken} connections`)
  const before = taken
  connections.destroy() // begins anew
  await assert.rejects(connections.to(address), { code: 'unreachable' })
  assert.equal(taken, before + 1)
})
