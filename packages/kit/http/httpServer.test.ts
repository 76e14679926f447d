import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, get, type IncomingMessage, type RequestListener } from 'node:http'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { eventually } from '@relevo/testing'
import { type HttpBounds, startHttpServer } from './httpServer.ts'

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

const head = 'GET / HTTP/1.1\r\nhost: localhost\r\n'

/** A server with these bounds that answers each request with so many bytes, and sockets to it. */
async function bounded(t: TestContext, bounds: Partial<HttpBounds>, answerBytes = 2) {
  let handled = 0
  let unfinished = 0
  const listener: RequestListener = (_, response) => {
    handled++
    response.once('close', () => {
      if (!response.writableFinished) unfinished++
    })
    response.end('x'.repeat(answerBytes))
  }
  const server = await startHttpServer(listener, { host: '127.0.0.1', port: 0 }, bounds)
  t.after(() => server.stop())
  async function open() {
    const socket = connect(server.port, '127.0.0.1').on('error', () => {})
    t.after(() => socket.destroy())
    await once(socket, 'connect')
    return socket
  }
  return { open, handled: () => handled, unfinished: () => unfinished }
}

async function textUntilClosed(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (data) => {
    text += data
  })
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
  return text
}

test('connections beyond the bound are closed at once, and admitted when others have gone', async (t) => {
  const { open, handled } = await bounded(t, { maxConnections: 2 })
  const admitted = [await open(), await open()]
  for (const socket of admitted) {
    socket.write(`${head}\r\n`)
    assert.match(String((await once(socket, 'data'))[0]), /^HTTP\/1\.1 200/)
  }
  assert.equal(await textUntilClosed(await open()), '')
  assert.equal(handled(), 2)
  admitted[0]?.destroy()
  await eventually(async () => {
    const socket = await open()
    socket.write(`${head}connection: close\r\n\r\n`)
    return /^HTTP\/1\.1 200/.test(await textUntilClosed(socket))
  }, 'a connection admitted')
})

/** More than the kernel's buffers of both ends take. */
const hugeBytes = 64 * 1_048_576

test('a client that asks for more while it leaves an answer unread is cut off', async (t) => {
  const { open, handled } = await bounded(t, {}, hugeBytes)
  const socket = (await open()).pause()
  socket.write(`${head}\r\n`)
  await eventually(() => handled() === 1, 'the first request')
  socket.write(`${head}\r\n`)
  const text = await textUntilClosed(socket.resume())
  assert.ok(text.length < hugeBytes)
  assert.equal(handled(), 1)
})

test('a connection on which nothing moves while an answer is unread is closed', async (t) => {
  const { open, unfinished } = await bounded(t, { stuckAfterMs: 100 }, hugeBytes)
  const socket = (await open()).pause()
  socket.write(`${head}\r\n`)
  await eventually(() => unfinished() === 1, 'the connection given up')
  const text = await textUntilClosed(socket.resume())
  assert.ok(text.length < hugeBytes)
})

test('a request that does not come to its end is answered 408, be it in its headers or in its body', async (t) => {
  const bounds = { headersTimeout: 100, requestTimeout: 100, connectionsCheckingInterval: 20 }
  const { open, handled } = await bounded(t, bounds)
  const inHeaders = await open()
  inHeaders.write(head)
  assert.match(await textUntilClosed(inHeaders), /^HTTP\/1\.1 408/)
  assert.equal(handled(), 0)
  const inBody = await open()
  inBody.write(`${head.replace('GET', 'POST')}content-length: 10\r\n\r\nx`)
  assert.match(await textUntilClosed(inBody), /HTTP\/1\.1 408/)
})

test('a connection on which nothing was ever sent does not hold up a stop', async (t) => {
  const server = await startHttpServer((_, response) => response.end('here'), { host: '127.0.0.1', port: 0 })
  const socket = connect(server.port, '127.0.0.1')
  t.after(() => socket.destroy())
  await once(socket, 'connect')
  // Behind it in the queue of those that are accepted.
  const [response]: IncomingMessage[] = await once(get({ port: server.port }), 'response')
  response?.resume()
  const closed = once(socket, 'close')
  await server.stop()
  await closed
})
