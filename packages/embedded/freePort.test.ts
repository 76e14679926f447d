import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
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

test('a port that is given out is given to nobody else, in this process and in others', async (t) => {
  const many = 150
  const module = JSON.stringify(import.meta.resolve('./freePort.ts'))
  const script = `
    const { freePort } = await import(${module})
    for (let n = 0; n < ${many}; n++) console.log(await freePort())
    process.stdin.on('data', () => {}).on('end', () => process.exit())`
  const other = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.after(() => other.kill('SIGKILL'))
  const ports: number[] = []
  for (let n = 0; n < many; n++) ports.push(await freePort())
  for await (const line of createInterface(other.stdout)) {
    ports.push(Number(line))
    if (ports.length === 2 * many) break
  }
  assert.equal(new Set(ports).size, 2 * many)
})
