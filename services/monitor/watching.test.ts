import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { type AnswerBody, afterTest, eventually } from '@relevo/testing'
import { consumerAnswers, fakeService, relayAnswers, runningMonitor, storedAlerts } from './monitorHarness.ts'

const stateOf = (body: AnswerBody, name: string) =>
  body.services.find(({ service }: { service: string }) => service === name)?.status

test('a service that is killed is down, and healthy again when it is back; one alert and the history tell of it', async (t) => {
  const [orders, inventory] = [await fakeService(t, consumerAnswers()), await fakeService(t)]
  const h = await runningMonitor(t, { orders, inventory })
  const well = await h.until('/services/health', ({ status, count }) => status === 'healthy' && count === 2)
  assert.equal(well.stale, false)
  await orders.kill()
  await h.until('/services/orders/health', ({ status }) => status === 'down')
  const down = (await h.ask('/services/orders/health')).body
  assert.deepEqual([down.cause, down.response_ms], ['refused', null])
  const { alerts } = await h.until('/alerts?state=open', ({ count }) => count === 1)
  assert.deepEqual(
    [alerts[0].kind, alerts[0].subject, alerts[0].severity],
    ['service_down', 'orders', 'critical'],
  )
  assert.equal(stateOf((await h.ask('/services/health')).body, 'inventory'), 'healthy')
  await orders.start()
  const back = await h.until('/services/orders/health', ({ status }) => status === 'healthy')
  assert.equal(back.last_effect_at, '2026-01-15T10:30:00.000Z')
  await h.until('/alerts?state=open', ({ count }) => count === 0)
  assert.deepEqual(await storedAlerts(h.pool), [['service_down', 'orders', false]])

  const history = (await h.ask('/services/orders/history')).body
  assert.deepEqual(
    history.intervals.map(({ status }: { status: string }) => status),
    ['healthy', 'down', 'healthy'],
  )
  const [last, outage, first] = history.intervals
  assert.equal(first.ended_at, outage.started_at)
  assert.equal(outage.ended_at, last.started_at)
  assert.equal(last.ended_at, null)
  assert.ok(history.uptime_percent < 100 && history.uptime_percent > 0)
  const page = (await h.ask('/services/orders/history?limit=2')).body
  const rest = (await h.ask(`/services/orders/history?limit=2&cursor=${page.next_cursor}`)).body
  assert.deepEqual([page.count, rest.count, rest.next_cursor], [2, 1, undefined])
})

test('a relay that answers and delivers nothing is unhealthy, and so is one whose loop stands still', async (t) => {
  const relay = await fakeService(t, relayAnswers(0))
  const h = await runningMonitor(t, { 'relay-shop': relay })
  await h.until('/services/relay-shop/health', ({ status }) => status === 'healthy')
  const answer = (answers: Record<string, unknown>) => {
    for (const [path, body] of Object.entries(answers)) relay.set(path, body)
  }
  answer(relayAnswers(40))
  const late = await h.until('/services/relay-shop/health', ({ cause }) => cause === 'late-delivery')
  assert.equal(late.status, 'unhealthy')
  assert.equal(late.outboxes[0].oldest_seconds, 40)
  await h.until('/alerts?kind=late_delivery&state=open', ({ count }) => count === 1)
  answer(relayAnswers(0, { loopAgeSeconds: 60 }))
  await h.until('/services/relay-shop/health', ({ cause }) => cause === 'stalled')
  assert.equal((await h.ask('/alerts')).body.count, 1, 'the same cause')
  answer(relayAnswers(0))
  await h.until('/services/relay-shop/health', ({ status }) => status === 'healthy')
  await h.until('/alerts?state=open', ({ count }) => count === 0)
})

/** A process that answers as a relay does which has nothing to do. */
async function relayProcess(t: TestContext): Promise<{ process: ChildProcess; url: string }> {
  const script = `
const answers = ${JSON.stringify({ '/ready': { status: 'ok' }, ...relayAnswers(0) })}
const server = require('node:http').createServer(({ url }, response) => response.end(JSON.stringify(answers[url] ?? {})))
server.listen(0, '127.0.0.1', () => console.log(server.address().port))`
  const process = spawn(globalThis.process.execPath, ['--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  afterTest(t, () => void process.kill('SIGKILL'))
  const [port] = await once(process.stdout, 'data')
  return { process, url: `http://127.0.0.1:${String(port).trim()}` }
}

test('a relay that is paused (SIGSTOP) is unhealthy: its port takes connections; when it goes on it is healthy', async (t) => {
  const relay = await relayProcess(t)
  const h = await runningMonitor(t, { 'relay-shop': relay }, { PROBE_TIMEOUT_MS: '1000' })
  await h.until('/services/relay-shop/health', ({ status }) => status === 'healthy')
  assert.ok(relay.process.kill('SIGSTOP'))
  const paused = await h.until('/services/relay-shop/health', ({ status }) => status !== 'healthy')
  assert.deepEqual([paused.status, paused.cause, paused.response_ms], ['unhealthy', 'hung', null])
  const { alerts } = await h.until('/alerts?state=open', ({ count }) => count === 1)
  assert.deepEqual([alerts[0].kind, alerts[0].subject], ['service_down', 'relay-shop'])
  assert.ok(relay.process.kill('SIGCONT'))
  await h.until('/services/relay-shop/health', ({ status }) => status === 'healthy')
  await h.until('/alerts?state=open', ({ count }) => count === 0)
  relay.process.kill('SIGKILL')
  await h.until(
    '/services/relay-shop/health',
    ({ status, cause }) => status === 'down' && cause === 'refused',
  )
})

test('retries and dead letters of a consumer are alerts', async (t) => {
  const orders = await fakeService(t, consumerAnswers(2, 5))
  const h = await runningMonitor(t, { orders })
  const { alerts } = await h.until('/alerts?state=open', ({ count }) => count === 2)
  assert.deepEqual(alerts.map(({ kind }: { kind: string }) => kind).sort(), [
    'dead_letters',
    'processing_errors',
  ])
  const { retries, dead_letters } = (await h.ask('/services/orders/health')).body
  assert.deepEqual([retries, dead_letters], [2, 5])
})

test('of several monitors one looks and any answers; another goes on when that ends, and no time is lost', async (t) => {
  const orders = await fakeService(t)
  const h = await runningMonitor(t, { orders })
  await h.until('/services/orders/health', ({ status }) => status === 'healthy')
  const second = await h.start()
  await second.until('/services/orders/health', ({ status }) => status === 'healthy')
  assert.match(await h.registry.metrics(), /relevo_monitor_probing 1/)
  assert.match(await second.registry.metrics(), /relevo_monitor_probing 0/)
  await h.stop()
  await eventually(async () => /relevo_monitor_probing 1/.test(await second.registry.metrics()))
  await orders.kill()
  await second.until('/services/orders/health', ({ status }) => status === 'down')
  const { intervals } = await second.until('/services/orders/history', ({ count }) => count === 2)
  assert.deepEqual(
    intervals.map(({ status }: { status: string }) => status),
    ['down', 'healthy'],
  )
})

test('time in which nobody has looked is unknown, and is no downtime', async (t) => {
  const orders = await fakeService(t)
  const h = await runningMonitor(t, { orders })
  await h.until('/services/orders/health', ({ status }) => status === 'healthy')
  await h.stop()
  // As if it had been stopped an hour ago, after an hour of looks.
  await h.pool.query(`update probing set looked_at = looked_at - interval '1 hour'`)
  await h.pool.query(`update health_interval set started_at = started_at - interval '2 hours'`)
  const again = await h.start()
  await again.until('/services/orders/history', ({ count }) => count === 3)
  const { intervals, uptime_percent, seconds } = (await again.ask('/services/orders/history')).body
  assert.deepEqual(
    intervals.map(({ status, cause }: { status: string; cause: string }) => [status, cause]),
    [
      ['healthy', ''],
      ['unknown', 'unwatched'],
      ['healthy', ''],
    ],
  )
  assert.equal(uptime_percent, 100)
  assert.ok(seconds.unknown > 3_500)
})

test('a board that nobody renews is told as unknown', async (t) => {
  const orders = await fakeService(t)
  const h = await runningMonitor(t, { orders })
  await h.until('/services/orders/health', ({ status }) => status === 'healthy')
  await h.stop()
  await h.pool.query(`
update board set data = jsonb_set(data, '{looked_at}', to_jsonb(to_char(now() - interval '1 hour', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')))`)
  // Another monitor, which no lease lets look.
  await h.pool.query(`update probing set owner = gen_random_uuid(), owned_until = 'infinity'`)
  const second = await h.start()
  const body = await second.until('/services/health', ({ stale }) => stale)
  assert.deepEqual([body.status, stateOf(body, 'orders')], ['unknown', 'unknown'])
})
