import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { claimPort, freePort, isPortFree } from './freePort.ts'

test('a free port is one that can be listened on', async (t) => {
  const port = await freePort()
  assert.equal(await isPortFree(port), true)
  const server = createServer()
  t.after(() => server.close())
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  assert.equal(await isPortFree(port), false)
  await assert.rejects(claimPort(port, 'Kafka'), {
    code: 'port_taken',
    message: `Port ${port}, wanted for Kafka, is taken by another process.`,
  })
})

test('a port that was asked for and is free is taken as it is', async () => {
  const port = await freePort()
  assert.equal(await claimPort(port, 'Postgres'), port)
})
