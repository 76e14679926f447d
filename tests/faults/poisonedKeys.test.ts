import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { enqueue } from '@relevo/outbox'
import { setTopicConfig } from '@relevo/testing'
import type pg from 'pg'
import { testEachSource } from '../support/eachSource.ts'
import { getUntil } from '../support/http.ts'
import { outboxRun } from '../support/outboxRun.ts'

testEachSource(
  'an event that Kafka rejects holds back its key until it is redriven, a topic that is missing its keys until it is there',
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
        keys.length === 2 &&
        keys.every(({ key, state }: { key: string; state: string }) =>
          key === 'large' ? state === 'quarantined' : state === 'retrying',
        ),
    )
    await record('large', {})
    await record('homeless', {}, {})
    await load.progress(100)
    const ledger = await load.stop()

    const waiting = await unsent(run.pool, 4 + 5)
    assert.deepEqual(waiting, { large: 'XPPP', homeless: 'XPPPP' }, 'all but the two keys is sent')
    await setTopicConfig(run.kafka.brokers, run.topic, { 'max.message.bytes': '1000000' })
    await run.admin.ensureTopics([{ topic: missing, partitions: 1 }])
    const answer = await fetch(`${relay.url}/quarantine/large/redrive`, { method: 'POST' })
    assert.equal(answer.status, 202)
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
