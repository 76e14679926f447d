import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, get, type IncomingMessage, type RequestListener } from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'
import { startHttpServer } from './httpServer.ts'

test('a client whose connection is kept alive gets an answer more while the server stops, and learns that it closes', async (t) => {
  const server = await startHttpServer((_, response) => response.end('here'), { host: '127.0.0.1', port: 0 })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  const ask = async () => {
    const [response]: IncomingMessage[] = await once(get({ port: server.port, agent }), 'response')
    response?.resume()
    return response
  }
  assert.equal((await ask())?.headers.connection, 'keep-alive')
  const stopped = server.stop()
  assert.equal((await ask())?.headers.connection, 'close')
  await stopped
  await assert.rejects(ask(), { code: 'ECONNREFUSED' })
})

test('sockets that pipeline requests without reading the answers are closed, and the others are served', async (t) => {
  const answer = 'x'.repeat(60_000)
  let handled = 0
  const listener: RequestListener = (request, response) => {
    if (request.url === '/health') return void response.end('ok')
    handled++
    setImmediate(() => response.end(answer))
  }
  const server = await startHttpServer(listener, { host: '127.0.0.1', port: 0 })
  t.after(() => server.stop())
  const requests = 'GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(1_000)
  const sockets = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const socket = connect(server.port, '127.0.0.1').pause()
      socket.on('error', () => {})
      await once(socket, 'connect')
      socket.write(requests)
      return socket
    }),
  )
  t.after(() => {
    for (const socket of sockets) socket.destroy()
  })
  const served = await fetch(`http://127.0.0.1:${server.port}/health`)
  assert.equal(await served.text(), 'ok')
  await Promise.all(
    sockets.map(async (socket) => {
      socket.resume()
      if (!socket.closed) await once(socket, 'close')
    }),
  )
  assert.ok(handled >= 20, 'every socket had a request handled')
  assert.ok(handled <= 20 * 16, `${handled} of 20,000 requests were handled`)
})
