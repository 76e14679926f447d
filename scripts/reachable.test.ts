import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { freePort } from '@relevo/embedded'
import { postgresAddress, requireReachable } from './reachable.ts'

test('a port that nobody listens at is named with its variable and the reason', async () => {
  const address = `127.0.0.1:${await freePort()}`
  await assert.rejects(requireReachable('KAFKA_BROKERS', [address, 'kafka']), {
    code: 'cannotRun',
    message: new RegExp(`KAFKA_BROKERS: ${address} \\(ECONNREFUSED\\), kafka \\(not host:port\\)`),
  })
})

test('one broker of several is enough', async (t) => {
  const server = createServer()
  t.after(() => server.close())
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  await requireReachable('KAFKA_BROKERS', [`127.0.0.1:${await freePort()}`, ` 127.0.0.1:${port}`])
})

test('the address of a Postgres is that of its URL', () => {
  assert.equal(postgresAddress('postgres://u:p@db.example:6432/x'), 'db.example:6432')
  assert.equal(postgresAddress('postgresql://u@db/x'), 'db:5432')
  assert.throws(() => postgresAddress('db:5432'), { code: 'cannotRun' })
})
