import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { startPostgres, temporaryDirectory } from '@relevo/embedded'
import { enqueue } from '@relevo/outbox'
import { setTopicConfig, tcpProxy } from '@relevo/testing'
import { getUntil } from '../support/http.ts'
import { type OutboxRun, outboxRun } from '../support/outboxRun.ts'
import { serviceUnderTest } from '../support/serviceUnderTest.ts'
import { steadily } from '../support/workload.ts'

const largeEvents = 30
const soundEvents = 300

interface Shown {
  readonly outbox: string
  readonly ready: boolean
  readonly quarantinedKeys: number
}

test('of the outboxes of one relay one is killed, one hangs and one is poisoned under load, and the sound one goes on', async (t) => {
  const directory = temporaryDirectory()
  let postgres = await startPostgres({ directory: join(directory, 'postgres') })
  t.after(async () => {
    await postgres.kill()
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  })
  const sound = await outboxRun(t)
  const killed = await outboxRun(t, { databaseUrl: postgres.url })
  const paused = await outboxRun(t)
  const poisoned = await outboxRun(t, { topicConfig: { 'max.message.bytes': '20000' } })
  const proxy = await tcpProxy(() => Number(new URL(paused.databaseUrl).port))
  t.after(() => proxy.close())
  const behindProxy = new URL(paused.databaseUrl)
  behindProxy.host = `127.0.0.1:${proxy.port}`

  const relay = await startRelay(t, sound, {
    OUTBOXES: 'sound,killed,paused,poisoned',
    SOUND_DATABASE_URL: sound.databaseUrl,
    KILLED_DATABASE_URL: killed.databaseUrl,
    KILLED_RELAY_SOURCE: 'wal',
    PAUSED_DATABASE_URL: behindProxy.href,
    POISONED_DATABASE_URL: poisoned.databaseUrl,
  })
  const shows = (holds: (outboxes: Map<string, Shown>) => boolean) =>
    getUntil(
      `${relay.url}/outboxes`,
      ({ outboxes }) => holds(new Map(outboxes.map((each: Shown) => [each.outbox, each]))),
      60_000,
    )
  await shows((outboxes) => [...outboxes.values()].every(({ ready }) => ready))
  const soundLoad = sound.write(steadily)
  const killedLoad = killed.write(steadily)
  const pausedLoad = paused.write(steadily)
  for (const load of [soundLoad, killedLoad, pausedLoad]) await load.progress(100)

  const poison = await recordPoison(poisoned)
  proxy.hold()
  await postgres.kill()
  await shows((outboxes) => {
    const isAway = (name: string) => outboxes.get(name)?.ready === false
    return isAway('killed') && isAway('paused') && (outboxes.get('poisoned')?.quarantinedKeys ?? 0) > 0
  })
  await sound.published(soundEvents)
  await shows((outboxes) => !outboxes.get('killed')?.ready && !outboxes.get('paused')?.ready)

  postgres = await startPostgres({ directory: join(directory, 'postgres'), port: postgres.port })
  await killedLoad.progress(100)
  await pausedLoad.progress(50)
  proxy.release()
  await setTopicConfig(poisoned.kafka.brokers, poisoned.topic, { 'max.message.bytes': '1500000' })
  await poisoned.admin.ensureTopics([{ topic: poison.missing, partitions: 1 }])
  // Again and again, since a key may be quarantined after the others were redriven.
  await getUntil(`${relay.url}/quarantine?outbox=poisoned`, async ({ count }) => {
    const query = 'outbox=poisoned&command=redrive&state=quarantined'
    await fetch(`${relay.url}/quarantine?${query}`, { method: 'POST' })
    return count === 0
  })
  await sound.check(await soundLoad.stop())
  const ledger = await killedLoad.stop()
  assert.ok(ledger.connectionsLost > 0, 'its Postgres was killed under load')
  await killed.check(ledger)
  await paused.check(await pausedLoad.stop())
  await poisoned.check({ acknowledged: poison.acknowledged }, [poisoned.topic, poison.missing])
  assert.equal(relay.isRunning(), true, relay.log())
  assert.equal(await relay.stop(), 0)
})

async function startRelay(t: TestContext, { kafka }: OutboxRun, outboxes: Record<string, string>) {
  const relay = await serviceUnderTest('relay', {
    KAFKA_BROKERS: kafka.brokers.join(','),
    LEASE_MS: '1500',
    LOG_LEVEL: 'warn',
    PAGE_ROWS: '20',
    REFUSAL_ATTEMPTS: '2',
    REFUSAL_RETRY_MS: '50',
    ...outboxes,
  })
  t.after(() => relay.kill())
  await relay.start()
  return relay
}

/** Events that the topic rejects as too large, as fast as they can be recorded, and some for a topic that is missing. */
async function recordPoison({ pool, topic }: OutboxRun) {
  const missing = `${topic}-missing`
  const payload = 'x'.repeat(900_000)
  const acknowledged: string[] = []
  for (let n = 0; n < largeEvents; n++) {
    const event = { topic, type: 'test.happened', key: `large-${n % 5}`, payload }
    const homeless = { ...event, topic: missing, key: `homeless-${n % 3}`, payload: 'small' }
    acknowledged.push(...(await enqueue(pool, [event, homeless])).map(({ eventId }) => eventId))
  }
  return { missing, acknowledged }
}
