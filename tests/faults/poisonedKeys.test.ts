import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { enqueue } from '@relevo/outbox'
import kafkajs from 'kafkajs'
import type pg from 'pg'
import { testEachSource } from '../support/eachSource.ts'
import { getUntil } from '../support/http.ts'
import { outboxRun } from '../support/outboxRun.ts'

testEachSource(
  'events that Kafka refuses hold back their keys alone, and go out in order once redriven',
  async (t, source) => {
    const run = await outboxRun(t, {
      source,
      topicConfig: { 'max.message.bytes': '20000' },
      relay: { REFUSAL_ATTEMPTS: '2', REFUSAL_RETRY_MS: '50' },
    })
    const missing = `${run.topic}-missing`
    const acknowledged: string[] = []
    async function record(key: string, ...events: { topic?: string; payload?: string }[]): Promise<void> {
      const complete = events.map((event) => ({
        topic: run.topic,
        type: 'test.happened',
        key,
        payload: 'fine',
        ...event,
      }))
      acknowledged.push(...(await enqueue(run.pool, complete)).map(({ eventId }) => eventId))
    }

    const relay = await run.startRelay()
    await run.streams(relay)
    const load = run.write()
    await load.progress(100)
    await record('large', {}, { payload: 'x'.repeat(50_000) }, {}, {})
    await record('homeless', {}, { topic: missing }, {}, { topic: missing })
    await load.progress(100)
    await getUntil(
      `${relay.url}/quarantine`,
      ({ keys }) =>
        keys.length === 2 && keys.every((entry: { state: string }) => entry.state === 'quarantined'),
    )
    await record('large', {})
    await record('homeless', {}, {})
    await load.progress(100)
    const ledger = await load.stop()

    const waiting = await unsent(run.pool, 4 + 5)
    assert.deepEqual(waiting, { large: 'XPPP', homeless: 'XPPPP' }, 'all but the two keys is sent')
    await raiseLimit(run.kafka.brokers, run.topic)
    await run.admin.ensureTopics([{ topic: missing, partitions: 1 }])
    for (const key of ['large', 'homeless']) {
      const answer = await fetch(`${relay.url}/quarantine/${key}/redrive`, { method: 'POST' })
      assert.equal(answer.status, 202)
    }
    const report = await run.check({ acknowledged: [...ledger.acknowledged, ...acknowledged] }, [
      run.topic,
      missing,
    ])
    assert.equal(report.duplicatesDelivered, 0)
    await getUntil(`${relay.url}/quarantine`, ({ keys }) => keys.length === 0)
  },
)

/** By key, the states of the events that are not sent, once there are only so many of them. */
async function unsent(pool: pg.Pool, count: number): Promise<Record<string, string>> {
  const until = performance.now() + 20_000
  for (;;) {
    const { rows } = await pool.query(
      `select key, string_agg(state, '' order by id) as states from outbox.event_status where state <> 'E' group by key`,
    )
    const states = Object.fromEntries(rows.map((row) => [row.key, row.states]))
    if (Object.values(states).join('').length <= count || performance.now() > until) return states
    await delay(50)
  }
}

async function raiseLimit(brokers: readonly string[], topic: string): Promise<void> {
  const admin = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  const configEntries = [{ name: 'max.message.bytes', value: '1000000' }]
  const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries }
  await admin.alterConfigs({ validateOnly: false, resources: [resource] })
  await admin.disconnect()
}
