import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
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
