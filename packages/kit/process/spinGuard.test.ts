import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import net from 'node:net'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import tls from 'node:tls'
import { fileURLToPath } from 'node:url'
import { afterTest, startProcess } from '@relevo/testing'
import pg from 'pg'
import { Pool } from 'undici'
import { isSpinning } from './spinGuard.ts'

const python = fileURLToPath(new URL('fixtures/slowConnection.py', import.meta.url))
const program = fileURLToPath(new URL('fixtures/spinning.ts', import.meta.url))
const hasPython = process.platform === 'linux' && spawnSync('python3', ['--version']).status === 0
const skip = !hasPython && 'needs Linux and python3'

/** A process whose connection is opened by its second SYN, and has an unread message on its error queue from its first write on. */
async function run(t: TestContext, how: 'guarded' | 'unguarded') {
  const slow = spawn('python3', [python, 'serve'], { stdio: ['pipe', 'pipe', 'inherit'] })
  afterTest(t, () => slow.kill())
  const [slowPort] = await once(createInterface(slow.stdout), 'line')
  const other = net.createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1')
  afterTest(t, () => other.close())
  await once(other, 'listening')
  const { port } = other.address() as net.AddressInfo
  const command = ['python3', python, 'run', process.execPath] as const
  const args = [how, String(slowPort), String(port)]
  const started = startProcess(program, { PATH: process.env.PATH }, args, command)
  afterTest(t, started.kill)
  await started.logged('SYN sent')
  slow.stdin.write('accept\n')
  return started
}

test('a connection that was slow to open is closed when the event loop spins, not before, and no other', {
  skip,
}, async (t) => {
  const { logged, ended, text } = await run(t, 'guarded')
  assert.partialDeepStrictEqual(await logged('quiet'), { open: true })
  assert.partialDeepStrictEqual(await logged('end'), { spins: false, open: false, counted: 1, other: 'open' })
  assert.match(text(), /"code":"ECONNRESET"/)
  assert.match(text(), /"level":"warn".*"connections":1.*the event loop spins/)
  assert.equal(await ended, 0)
})

test('without the guard it spins, and the connection stays', { skip }, async (t) => {
  const { logged } = await run(t, 'unguarded')
  assert.partialDeepStrictEqual(await logged('spins'), { open: true })
})

test('Node.js tells of the connections of every kind of client', async (t) => {
  const seen: net.Socket[] = []
  const note = (message: unknown) => void seen.push((message as { socket: net.Socket }).socket)
  subscribe('net.client.socket', note)
  t.after(() => unsubscribe('net.client.socket', note))
  const server = net.createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  afterTest(t, () => server.close())
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  const at = { host: '127.0.0.1', port }
  const clients: Record<string, () => Promise<unknown>> = {
    'net.connect': () => once(net.connect(at), 'close'),
    'tls.connect': () =>
      once(
        tls.connect(at).on('error', () => undefined),
        'close',
      ),
    pg: () => new pg.Client(at).connect(),
    fetch: () => fetch(`http://127.0.0.1:${port}`),
    'undici of npm': () => new Pool(`http://127.0.0.1:${port}`).request({ path: '/', method: 'GET' }),
  }
  for (const [name, connect] of Object.entries(clients)) {
    await connect().catch(() => undefined)
    assert.equal(seen.length, 1, name)
    seen.length = 0
  }
})

test('a loop that handles what epoll reports, and one that waits, do not spin', () => {
  const before = { events: 0, cpuMs: 0, atMs: 0 }
  const measured = {
    'echo server, one connection': [12_569, 224, 898, false],
    'server of one connection that drops what comes': [3_218, 49, 900, false],
    'waits, and is woken ten times a second': [50, 0.2, 5_000, false],
    'one connection spins': [32_869, 97, 1_123, true],
    '20 connections spin': [139_500, 164, 1_052, true],
  } as const
  for (const [name, [events, cpuMs, atMs, spins]] of Object.entries(measured))
    assert.equal(isSpinning(before, { events, cpuMs, atMs }), spins, name)
})
