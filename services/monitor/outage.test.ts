import assert from 'node:assert/strict'
import { test } from 'node:test'
import { afterTest, eventually, tcpProxy } from '@relevo/testing'
import { fakeService, relayAnswers, runningMonitor, storedAlerts } from './monitorHarness.ts'

const away = { status: 'unavailable', problems: { database: 'not ok', schema: 'not ok' } }

test('Postgres down is one alert: told while it is away, stored when it is back, and nothing comes after it', async (t) => {
  const [inventory, orders] = [await fakeService(t), await fakeService(t)]
  const relay = await fakeService(t, relayAnswers(0))
  // The database is known only once the monitor is prepared; the proxy learns then where it is.
  let port = 0
  const proxy = await tcpProxy(() => port)
  afterTest(t, () => proxy.close())
  const services = { inventory, orders, 'relay-shop': relay }
  const h = await runningMonitor(t, services, { PROBE_INTERVAL_MS: '1000' })
  await h.stop()
  port = Number(new URL(h.databaseUrl).port)
  const url = new URL(h.databaseUrl)
  url.port = String(proxy.port)
  const m = await h.start({ DATABASE_URL: url.href })
  await m.until('/services/health', ({ status, stale }) => status === 'healthy' && !stale)
  await eventually(async () => /relevo_monitor_probing 1/.test(await m.registry.metrics()))

  proxy.hold()
  proxy.cut()
  for (const each of [inventory, orders, relay]) each.set('/ready', away, 503)
  await m.until('/services/health', ({ status }) => status === 'unhealthy')
  const told = await m.until('/alerts?state=open', ({ count }) => count > 0)
  assert.deepEqual(
    told.alerts.map(({ kind, id }: { kind: string; id: unknown }) => [kind, id]),
    [['postgres_down', null]],
    'it is told though it cannot be stored',
  )
  assert.equal((await m.ask('/services/orders/history')).status, 503)
  assert.deepEqual(await storedAlerts(h.pool), [])

  proxy.release()
  proxy.cut()
  for (const each of [inventory, orders, relay]) each.set('/ready', { status: 'ok' })
  // What has waited meanwhile is late for a moment.
  for (const [path, body] of Object.entries(relayAnswers(60))) relay.set(path, body)
  await m.until('/services/relay-shop/health', ({ cause }) => cause === 'late-delivery')
  for (const [path, body] of Object.entries(relayAnswers(0))) relay.set(path, body)
  await m.until('/services/health', ({ status }) => status === 'healthy')
  await eventually(
    async () => (await storedAlerts(h.pool)).some(([, , isOpen]) => !isOpen),
    'stored and resolved',
  )
  assert.deepEqual(await storedAlerts(h.pool), [['postgres_down', 'Postgres', false]])
  const { intervals } = (await m.ask('/services/orders/history')).body
  assert.ok(
    intervals.some(({ cause }: { cause: string }) => cause === 'database'),
    'the outage is in the history',
  )
})
