// The only test that has canaries in the Kafka of the test run: their topic has one name.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { topicDefinition } from '@relevo/contracts'
import { createAdmin } from '@relevo/kafka'
import { eventually, testServers } from '@relevo/testing'
import { canaryTopic } from '../../systems/canary.ts'
import { createOutbox, startRelay } from '../relay/relayHarness.ts'
import { fakeService, relayAnswers, runningMonitor, storedAlerts } from './monitorHarness.ts'

test('canaries of every shard take effect; when the relay is away they are missed, and delivery works again with it', async (t) => {
  const { brokers } = await testServers()
  const admin = createAdmin({ brokers, clientId: 'test' })
  t.after(() => admin.close())
  await admin.ensureTopics([canaryTopic, canaryTopic.deadLetters].map(topicDefinition))
  const { url } = await createOutbox(t)
  const outbox = new URL(url).pathname.slice(1)
  // It answers, and tells of nothing that waits, whatever becomes of the relay.
  const told = relayAnswers(0)
  told['/outboxes'].outboxes = told['/outboxes'].outboxes.map((each) => ({ ...each, outbox }))
  const answering = await fakeService(t, told)
  const h = await runningMonitor(
    t,
    { 'relay-test': answering },
    { KAFKA_TOPIC: canaryTopic.name, CANARY_INTERVAL_MS: '2000', LATE_AFTER_SECONDS: '2' },
  )
  assert.deepEqual((await h.ask('/delivery')).body.works, false, 'nothing is known yet')
  const start = () => startRelay(t, { DATABASE_URL: url, CANARY_INTERVAL_MS: '2000' })
  const metrics = () => h.registry.metrics()
  const overdue = async () =>
    [...(await metrics()).matchAll(/^relevo_canary_overdue_seconds\{(.*)\} (\S+)$/gm)].map(
      ([, labels, value]) => ({ labels, seconds: Number(value) }),
    )

  const first = await start()
  const { outboxes } = await h.until('/delivery', ({ works, outboxes }) => works && outboxes[0].shards === 16)
  assert.equal(outboxes[0].outbox, outbox)
  assert.equal((await overdue()).length, 16)
  await eventually(
    async () => Number(/relevo_canary_delay_seconds_count\{.*\} (\d+)/.exec(await metrics())?.[1]) >= 32,
    'each is counted, round after round',
  )
  await h.until('/services/relay-test/health', ({ status }) => status === 'healthy')

  await first.relay.kill()
  await eventually(async () => (await overdue()).every(({ seconds }) => seconds > 2), 'every shard is missed')
  await h.until('/delivery', ({ works }) => !works)
  const late = await h.until('/services/relay-test/health', ({ cause }) => cause === 'late-delivery')
  assert.match(late.reason, new RegExp(`^canaries of ${outbox} wait for`))
  assert.ok(late.outboxes[0].canary_overdue_seconds > 2)
  await h.until('/alerts?kind=late_delivery&state=open', ({ count }) => count === 1)

  await start()
  await h.until('/delivery', ({ works }) => works)
  await h.until('/services/relay-test/health', ({ status }) => status === 'healthy')
  await h.until('/alerts?state=open', ({ count }) => count === 0)
  assert.deepEqual(await storedAlerts(h.pool), [['late_delivery', 'relay-test', false]])
  assert.ok((await overdue()).every(({ seconds }) => seconds < 2))
})

test('a monitor that is told of no canaries misses none', async (t) => {
  const h = await runningMonitor(t, {})
  const { status, body } = await h.ask('/delivery')
  assert.deepEqual([status, body.works, body.outboxes], [200, false, []])
  assert.doesNotMatch(await h.registry.metrics(), /relevo_canary/)
})
