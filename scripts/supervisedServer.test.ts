import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type RunningServer, superviseServer } from './supervisedServer.ts'

function fakeServer() {
  const { promise, resolve } = Promise.withResolvers<string>()
  const server: RunningServer = { exited: promise, logFile: 'it.log', stop: async () => resolve('exit 0') }
  return { server, end: () => resolve('SIGKILL') }
}

test('a server that ends is started again, and stopped with the last of its processes', async () => {
  const started: ReturnType<typeof fakeServer>[] = []
  const { promise: again, resolve } = Promise.withResolvers<void>()
  const printed: string[] = []
  const start = async () => {
    const next = fakeServer()
    started.push(next)
    return next.server
  }
  const supervised = await superviseServer(
    'It',
    start,
    (line) => {
      printed.push(line)
      if (line === 'It is up again.') resolve()
    },
    10,
  )
  started[0]?.end()
  await again
  assert.match(
    printed.join('\n'),
    /It ended by itself \(SIGKILL\); see it\.log\nStarting It again in 0.01 s\./,
  )
  await supervised.stop()
  assert.equal(await started[1]?.server.exited, 'exit 0')
  assert.equal(started.length, 2)
})

test('one that cannot be started again is tried as often as one that ends, and given up with the reason', async () => {
  const first = fakeServer()
  let starts = 0
  const start = async () => {
    if (starts++ > 0) throw new Error('the port is taken')
    return first.server
  }
  const supervised = await superviseServer('It', start, () => undefined, 10)
  first.end()
  assert.match(await supervised.gaveUp, /^It could not be started again: the port is taken\n.*too often/)
  assert.equal(starts, 4)
})
