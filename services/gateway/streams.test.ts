import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'
import { eventually } from '@relevo/testing'
import { runningGateway, testBackend } from './gatewayHarness.ts'

const events = '/api/monitor/events'

/** A monitor whose streams the test writes by itself. */
async function streamingMonitor(t: Parameters<typeof testBackend>[0]) {
  const backend = await testBackend(t)
  const open: ServerResponse[] = []
  backend.answer((request, response) => {
    if (!request.url?.startsWith('/events')) return void response.end('{}')
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.flushHeaders()
    open.push(response)
  })
  return { ...backend, open }
}

test('an event reaches the client as it happens', async (t) => {
  const monitor = await streamingMonitor(t)
  const gateway = await runningGateway(t, { monitor })
  const response = await fetch(gateway.url + events, { headers: { 'last-event-id': '7' } })
  assert.equal(response.headers.get('content-type'), 'text/event-stream')
  assert.equal(monitor.received.at(-1)?.headers['last-event-id'], '7')
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  for (const text of ['data: 1\n\n', 'data: 2\n\n']) {
    monitor.open[0]?.write(text)
    assert.equal((await reader?.read())?.value, text)
  }
  await reader?.cancel()
  await eventually(() => monitor.open[0]?.destroyed, 'the service knows that the client has gone')
  assert.match(await gateway.registry.metrics(), /relevo_gateway_streams\{service="monitor"\} 0/)
})

test('streams have places of their own: other requests are served beside them', async (t) => {
  const monitor = await streamingMonitor(t)
  const env = { STREAMS_PER_ADDRESS: '3', IN_FLIGHT_PER_ADDRESS: '1', IN_FLIGHT_PER_SERVICE: '1' }
  const gateway = await runningGateway(t, { monitor }, env)
  const leaving = new AbortController()
  for (let n = 0; n < 3; n++) await fetch(gateway.url + events, { signal: leaving.signal })
  const more = await gateway.ask(events)
  assert.deepEqual([more.status, more.headers.get('retry-after')], [429, '1'])
  assert.equal((await gateway.ask('/api/monitor/alerts')).status, 200)
  leaving.abort()
  await eventually(() => monitor.open.every(({ destroyed }) => destroyed), 'all have gone')
})

test('all clients together have so many streams of a service', async (t) => {
  const monitor = await streamingMonitor(t)
  const gateway = await runningGateway(t, { monitor }, { MAX_STREAMS: '1' })
  const first = await fetch(gateway.url + events)
  assert.equal((await gateway.ask(events)).status, 503)
  await first.body?.cancel()
})

test('a client that never reads its stream slows its own only', async (t) => {
  const monitor = await streamingMonitor(t)
  const gateway = await runningGateway(t, { monitor })
  const socket = connect(gateway.port, '127.0.0.1').pause()
  t.after(() => socket.destroy())
  socket.on('error', () => {})
  socket.write(`GET ${events} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
  const stream = await eventually(() => monitor.open[0], 'the stream is open')
  const piece = `data: ${'x'.repeat(65_536)}\n\n`
  // Until what is between service and client is full; a gateway that read on would take all of it.
  let written = 0
  while (written < 64_000_000 && stream.writableLength < 1_000_000) {
    stream.write(piece)
    written += piece.length
    await new Promise(setImmediate)
  }
  assert.ok(written < 64_000_000, 'the gateway has taken 64 MB that nobody reads')
  assert.equal((await gateway.ask('/api/monitor/alerts')).status, 200)
  socket.destroy()
})

test('a stop ends the streams, whose clients come again to another process', async (t) => {
  const monitor = await streamingMonitor(t)
  const gateway = await runningGateway(t, { monitor })
  const response = await fetch(gateway.url + events)
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  monitor.open[0]?.write('data: 1\n\n')
  assert.equal((await reader?.read())?.value, 'data: 1\n\n')
  const stopped = gateway.stop()
  assert.equal((await reader?.read())?.done, true)
  await stopped
})
