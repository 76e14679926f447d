import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { afterTest, eventually, silent, testDatabase } from '@relevo/testing'
import { Registry } from 'prom-client'
import { ChangeStream, type ChangeStreamOptions, eventText, startAfter } from './changeStream.ts'
import { database } from './database.ts'
import { fakeService, runningMonitor } from './monitorHarness.ts'
import { insertChange } from './sql/changes.ts'

/** Listens, and keeps what it hears. */
async function listen(t: TestContext, url: string, headers: Record<string, string> = {}) {
  const request = get(url, { headers, agent: false })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  afterTest(t, () => void request.destroy())
  request.on('error', () => {})
  response.on('error', () => {})
  let text = ''
  let ended = false
  response.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  response.once('close', () => {
    ended = true
  })
  const events = () =>
    [...text.matchAll(/id: (\d+)\nevent: (\S+)\ndata: (.*)\n\n/g)].map(([, id, event, data]) => {
      return { id: Number(id), event, data: JSON.parse(data ?? '') }
    })
  return { response, events, text: () => text, isEnded: () => ended }
}

test('where a client begins', () => {
  const ends = { first: 5, last: 9 }
  assert.deepEqual(startAfter(undefined, ends), { after: 9, isGap: false })
  assert.deepEqual(startAfter(7, ends), { after: 7, isGap: false })
  assert.deepEqual(startAfter(4, ends), { after: 4, isGap: false })
  assert.deepEqual(startAfter(3, ends), { after: 9, isGap: true })
  assert.deepEqual(startAfter(10, ends), { after: 9, isGap: true })
  assert.equal(
    eventText({ id: 1, event: 'a', data: { b: 'c\n' } }),
    'id: 1\nevent: a\ndata: {"b":"c\\n"}\n\n',
  )
})

test('who listens hears what changes, and goes on where it was', async (t) => {
  const orders = await fakeService(t)
  const h = await runningMonitor(t, { orders })
  // Stored as well: who comes before that hears of it.
  await h.until('/services/orders/history', ({ count }) => count === 1)
  const first = await listen(t, `${h.url}/events`)
  assert.equal(first.response.headers['content-type'], 'text/event-stream; charset=utf-8')
  await orders.kill()
  const heard = await eventually(() => first.events().length >= 2 && first.events())
  assert.deepEqual(
    heard.map(({ event }) => event),
    ['health', 'alert_opened'],
  )
  assert.deepEqual([heard[0]?.data.service, heard[0]?.data.status], ['orders', 'down'])
  await orders.start()
  const after = String(heard[0]?.id)
  const second = await listen(t, `${h.url}/events`, { 'last-event-id': after })
  const rest = await eventually(() => second.events().length >= 3 && second.events())
  assert.deepEqual(
    rest.map(({ event }) => event),
    ['alert_opened', 'health', 'alert_resolved'],
  )
  const third = await listen(t, `${h.url}/events`, { 'last-event-id': '999999' })
  await eventually(() => third.events()[0]?.event === 'reset', 'told to begin anew')
  assert.equal((await h.ask('/events', { method: 'HEAD' })).status, 200)
  assert.equal((await h.ask('/events', { headers: { 'last-event-id': 'x' } })).status, 400)
  // Who listens does not keep the service from stopping.
  await h.stop()
  await eventually(() => [first, second, third].every(({ isEnded }) => isEnded()))
})

test('there are so many streams and no more', async (t) => {
  const h = await runningMonitor(t, {}, { MAX_STREAMS: '1' })
  await listen(t, `${h.url}/events`)
  await eventually(async () => (await h.ask('/events')).status === 503)
})

/** A stream with an HTTP server around it. */
async function served(t: TestContext, options: Partial<ChangeStreamOptions>) {
  const { pool } = await testDatabase(t, database.migrations)
  const registry = new Registry()
  const stream = new ChangeStream({
    pool,
    logger: silent,
    registry,
    maxStreams: 10,
    lookEveryMs: 20,
    ...options,
  })
  const server = createServer(async (_, response) => {
    const start = await stream.admit(undefined)
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    stream.open(response, start)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  stream.start()
  afterTest(t, async () => {
    await stream.stop()
    server.closeAllConnections()
    server.close()
  })
  return { pool, registry, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}

test('a client that does not read is dropped, and others hear everything', async (t) => {
  const { pool, registry, url } = await served(t, { mostUnreadBytes: 1_000, heartbeatMs: 600_000 })
  const slow = await listen(t, url)
  slow.response.pause()
  const good = await listen(t, url)
  await eventually(async () => /relevo_monitor_streams 2/.test(await registry.metrics()))
  // A few of them are more than the sockets of both sides hold.
  const data = { text: 'x'.repeat(2_000_000) }
  let sent = 0
  await eventually(async () => {
    await insertChange(pool, { at: new Date(), kind: 'health', data })
    sent++
    const isHeard = await eventually(() => good.events().length === sent || good.isEnded())
    return isHeard && /relevo_monitor_streams 1/.test(await registry.metrics())
  }, 'the slow client is dropped')
  assert.equal(good.isEnded(), false)
  assert.equal(good.events().length, sent)
})

test('a silent stream shows that it lives', async (t) => {
  const { url } = await served(t, { heartbeatMs: 20 })
  const client = await listen(t, url)
  await eventually(
    () =>
      client
        .text()
        .split('\n')
        .filter((line) => line === ':').length >= 3,
  )
})
