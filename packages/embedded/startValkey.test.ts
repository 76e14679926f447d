import assert from 'node:assert/strict'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startValkey } from './startValkey.ts'
import { temporaryDirectory } from './temporaryDirectory.ts'

const parent = temporaryDirectory()
after(() => rmSync(parent, { recursive: true, force: true, maxRetries: 5 }))

async function ask(port: number, command: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  try {
    socket.write(`${command}\r\n`)
    const [answer] = await once(socket, 'data')
    return String(answer)
  } finally {
    socket.destroy()
  }
}

test('keeps what fits, and starts empty again on the same port', async (t) => {
  const directory = join(parent, 'with a space, and ünïcode')
  let server = await startValkey({ directory })
  t.after(() => server.kill())
  const { port } = server
  assert.equal(await ask(port, 'SET a 1'), '+OK\r\n')
  assert.equal(await ask(port, 'GET a'), '$1\r\n1\r\n')
  assert.match(await ask(port, 'CONFIG GET maxmemory-policy'), /allkeys-lru/)
  await server.kill()
  assert.equal(await server.exited, 'SIGKILL')
  server = await startValkey({ directory, port })
  assert.equal(await ask(port, 'GET a'), '$-1\r\n')
  await server.stop()
  assert.equal(server.isRunning(), false)
})

test('a port or a directory that is in use is named, and a refused setting reported', async (t) => {
  const directory = join(parent, 'taken')
  const server = await startValkey({ directory, settings: { requirepass: 'secret' } })
  t.after(() => server.kill())
  assert.match(await ask(server.port, 'GET a'), /NOAUTH/)
  const other = join(parent, 'other')
  await assert.rejects(startValkey({ directory: other, port: server.port }), {
    code: 'port_taken',
    message: new RegExp(`Port ${server.port}, wanted for Valkey`),
  })
  await assert.rejects(startValkey({ directory }), { code: 'directory_in_use' })
  await assert.rejects(startValkey({ directory: other, settings: { maxmemory: 'much' } }), {
    code: 'start_failed',
    message: /maxmemory/,
  })
})
