import assert from 'node:assert/strict'
import { test } from 'node:test'
import { enqueue } from '@relevo/outbox'
import { afterTest, eventually, forAllTests, tcpProxy, testDatabase, testServers } from '@relevo/testing'
import { failingConsumer, logInTo, rejectedOutbox, runningConsole } from './consoleHarness.ts'
import { database } from './database.ts'
import { browserOf, chromium, openPage, skip } from './pagesHarness.ts'

/** Nobody listens there. */
const nowhere = 'http://127.0.0.1:9'

/**
 * A console for which Kafka takes connections and answers nothing, whose monitor is away, and whose database can be taken
 * from it. A published event has become a dead letter.
 */
const stack = forAllTests(async (t) => {
  const [consumer, outbox, { brokers }] = await Promise.all([
    failingConsumer(t),
    rejectedOutbox(t),
    testServers(),
  ])
  const place = new URL((await testDatabase(t, database.migrations)).url)
  const [kafka, postgres] = [await proxyOf(new URL(`kafka://${brokers[0]}`)), await proxyOf(place)]
  for (const proxy of [kafka, postgres]) afterTest(t, () => proxy.close())
  kafka.hold()
  place.port = String(postgres.port)
  const services = { 'message-processor': consumer, relay: outbox, monitor: { url: nowhere } }
  const console = await runningConsole(t, services, {
    DATABASE_URL: place.href,
    KAFKA_BROKERS: `127.0.0.1:${kafka.port}`,
    ANSWER_TIMEOUT_MS: '2000',
  })
  const browser = typeof chromium === 'string' ? undefined : await browserOf(t)
  const payload = { content: 'one' }
  const [event] = await enqueue(outbox.pool, [
    { topic: consumer.topic, key: 'one', type: 'message.created', payload },
  ])
  await console.until('/console/board', ({ events }) => events === 1)
  return { consumer, postgres, console, browser, eventId: event?.eventId ?? '' }
})

function proxyOf({ port }: URL) {
  return tcpProxy(() => Number(port))
}

function pageAt(t: Parameters<typeof openPage>[0], path: string) {
  const { browser, console } = stack()
  assert.ok(browser)
  return openPage(t, { browser, console }, path)
}

test('while Kafka does not answer, a trace has all but the offset, and names it', async () => {
  const { console, eventId } = stack()
  assert.equal((await console.ask('/console/kafka')).status, 503)
  const { events, silent } = await console.until(
    `/console/trace?event_id=${eventId}`,
    ({ events: [event] }) => event?.consumed.length === 1,
  )
  const [{ state, published, consumed }] = events
  assert.deepEqual([state, published, consumed[0].state], ['published', null, 'dead'])
  assert.ok(silent.includes('Kafka'), String(silent))
})

test('while Kafka does not answer, its pages say so, and the others are as before', { skip }, async (t) => {
  const page = await pageAt(t, '/kafka')
  await page.getByRole('alert').getByText('Not possible just now. Try again.').waitFor()
  await page.getByRole('link', { name: /^Undelivered/ }).click()
  await page.getByRole('link', { name: /message.created/ }).waitFor()
})

test('without a monitor there is no overview, and the lists are as before', { skip }, async (t) => {
  const { console } = stack()
  const board = await console.until(
    '/console/board',
    ({ events, silent }) => events === 1 && silent.length === 1,
  )
  assert.deepEqual([board.overview, board.silent[0].service], [null, 'monitor'])
  const page = await pageAt(t, '/')
  await page.getByText('No monitor answers').waitFor()
  await page.getByRole('link', { name: /^Undelivered/ }).click()
  await page.getByText('monitor does not answer just now.').waitFor()
  await page.getByRole('link', { name: /message.created/ }).waitFor()
})

test('without its database the console shows what is not delivered, has no charts, and does nothing', async () => {
  const { console, consumer, postgres } = stack()
  assert.equal((await console.ask('/console/actions')).body.count, 0)
  assert.equal((await console.ask('/console/history')).status, 200)
  postgres.close()
  const { groups } = await console.until('/console/board', ({ events }) => events === 1)
  assert.equal((await console.ask('/console/history')).status, 503)
  assert.equal((await console.ask('/console/actions')).status, 503)
  const headers = await logInTo(console)
  const [{ source, group }] = groups
  const meant = { source, group, note: 'healed' }
  assert.equal((await console.post('/console/letters/redrive', meant, headers)).status, 503)
  const { body } = await consumer.ask('/dead-letters?state=dead')
  assert.deepEqual([body.dead_letters.length, body.dead_letters[0].state], [1, 'dead'])
  await eventually(async () => (await console.ask('/ready')).status === 503)
  assert.equal((await console.ask('/health')).status, 200)
})
