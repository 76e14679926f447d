import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { startKafka, temporaryDirectory } from '@relevo/embedded'
import { eventually } from '@relevo/testing'
import { testEachSource } from '../support/eachSource.ts'
import { outboxRun } from '../support/outboxRun.ts'
import { steadily } from '../support/workload.ts'

testEachSource(
  'Kafka is killed, started again and paused under load; recording goes on, and all comes out in order',
  async (t, source) => {
    const directory = temporaryDirectory()
    let kafka = await startKafka({ directory: join(directory, 'kafka') })
    t.after(async () => {
      await kafka.kill()
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
    })
    const run = await outboxRun(t, {
      source,
      brokers: kafka.brokers,
      relay: { RETRY_MAX_MS: '500', PAGE_ROWS: '50' },
    })
    const relay = await run.startRelay()
    await run.streams(relay)
    const load = run.write(steadily)
    await load.progress(100)
    await kafka.kill()
    await load.progress(200)
    const { rows } = await run.pool.query(
      `select count(*)::integer, max(attempts)::integer as attempts from outbox.event_status where state = 'X'`,
    )
    assert.ok(rows[0].count > 0 && rows[0].attempts > 0, 'events show that they are tried and not taken')
    const statusOf = async (path: string) => (await fetch(relay.url + path)).status
    await eventually(async () => (await statusOf('/ready')) === 503, 'it tells that it cannot work')
    assert.equal(await statusOf('/serving'), 200, 'operators still reach it')
    kafka = await startKafka({ directory: join(directory, 'kafka'), port: kafka.port })
    await load.progress(100)
    kafka.pause()
    await load.progress(200)
    kafka.resume()
    await load.progress(50)
    const report = await run.check(await load.stop())
    assert.ok(report.delivered >= 650)
    assert.equal(relay.isRunning(), true)
  },
)
