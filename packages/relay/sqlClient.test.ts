import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { type TestContext, test } from 'node:test'
import { createTestDatabase } from '@relevo/testing'
import { openSqlClient } from './sqlClient.ts'

/** An address that takes connections and says nothing, as one whose server is gone without a word. */
async function silentAddress(t: TestContext): Promise<string> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => void sockets.add(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `postgres://nobody@127.0.0.1:${(server.address() as net.AddressInfo).port}/none`
}

function clientOf(t: TestContext, connectionString: string, connectTimeoutMs: number) {
  const onError = () => {}
  const client = openSqlClient({
    connectionString,
    applicationName: 'test',
    timeoutMs: 3_600_000,
    connectTimeoutMs,
    onError,
  })
  t.after(() => client.end())
  return client
}

test('a server that does not answer is given up long before a statement would be', async (t) => {
  const client = clientOf(t, await silentAddress(t), 50)
  await assert.rejects(client.query('select 1'), /timeout/)
})

test('statements may wait for those before them longer than for a connection', async (t) => {
  const database = await createTestDatabase()
  const client = clientOf(t, database.url, 2_000)
  t.after(() => database.drop())
  await client.query('select 1')
  const [first, second] = await Promise.all([
    client.query('select 1 as n from pg_sleep(2.5)'),
    client.query('select 2 as n'),
  ])
  assert.deepEqual([first.rows, second.rows], [[{ n: 1 }], [{ n: 2 }]])
})
