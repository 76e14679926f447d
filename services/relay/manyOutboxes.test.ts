import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { freePort } from '@relevo/embedded'
import { enqueue } from '@relevo/outbox'
import { eventually, httpClient, tcpProxy } from '@relevo/testing'
import pg from 'pg'
import { createOutbox, relevo, startRelay } from './relayHarness.ts'

async function publishedOf(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query('select sum(acknowledged)::integer as count from outbox.cursor')
  return rows[0].count
}

async function ownersOf(pool: pg.Pool): Promise<(string | null)[]> {
  const { rows } = await pool.query('select distinct owner from outbox.cursor')
  return rows.map(({ owner }) => owner)
}

test('of several outboxes those that can be are published, whatever is away, hangs or is not migrated', async (t) => {
  const [sound, hanging, bare] = await Promise.all([
    createOutbox(t),
    createOutbox(t),
    createOutbox(t, { migrated: false }),
  ])
  const proxy = await tcpProxy(() => Number(new URL(hanging.url).port || 5432))
  t.after(() => proxy.close())
  proxy.hold()
  const behindProxy = new URL(hanging.url)
  behindProxy.host = `127.0.0.1:${proxy.port}`
  const urls = {
    OUTBOXES: 'sound,hanging,bare,absent',
    SOUND_DATABASE_URL: sound.url,
    HANGING_DATABASE_URL: behindProxy.href,
    BARE_DATABASE_URL: bare.url,
    ABSENT_DATABASE_URL: `postgres://nobody@127.0.0.1:${await freePort()}/absent`,
  }
  const { relay, base, admin } = await startRelay(t, { ...urls, RELAY_OWNER: 'r', SHUTDOWN_GRACE_MS: '3000' })
  const { ask, until } = httpClient(base)
  const topic = `test-${randomUUID()}`
  await admin.ensureTopics([{ topic, partitions: 1 }])
  const record = (pool: pg.Pool) => enqueue(pool, [{ topic, type: 'test.happened', key: 'k', payload: {} }])

  await eventually(async () => (await ask('/ready')).status === 200, 'ready with one of them')
  const readyOf = async () => {
    const { body } = await ask('/outboxes')
    return Object.fromEntries(
      body.outboxes.map((each: { outbox: string; ready: boolean }) => [each.outbox, each.ready]),
    )
  }
  assert.deepEqual(await readyOf(), { sound: true, hanging: false, bare: false, absent: false })
  await record(sound.pool)
  await eventually(async () => (await publishedOf(sound.pool)) === 1, 'the sound one goes on')
  const before = await until('/outboxes', ({ outboxes }) => outboxes[0].backlog !== undefined)
  assert.match(before.outboxes[2].problem, /^waits for .*schema/)
  assert.match(before.outboxes[3].problem, /^waits for database/)
  assert.equal((await ask('/health')).status, 200)

  await bare.migrate()
  await record(bare.pool)
  proxy.release()
  await record(hanging.pool)
  await eventually(async () => (await publishedOf(bare.pool)) === 1, 'what was not migrated')
  await eventually(async () => (await publishedOf(hanging.pool)) === 1, 'what hung')
  assert.deepEqual(await readyOf(), { sound: true, hanging: true, bare: true, absent: false })
  assert.deepEqual(await ownersOf(bare.pool), ['r/bare'])

  const metrics = (await ask('/metrics')).text
  for (const name of ['sound', 'hanging', 'bare'])
    assert.match(
      metrics,
      new RegExp(`relevo_relay_published_events_total{outbox="${name}",topic="${topic}"} 1\n`),
    )
  assert.match(metrics, /relevo_relay_shards{outbox="absent"} 0\n/)
  assert.match(metrics, /relevo_relay_shards{outbox="sound"} 16\n/)

  for (const path of ['/status', '/audit', '/quarantine', '/quarantine/k']) {
    assert.match((await ask(path)).text, /\?outbox=, one of sound, hanging, bare, absent/, path)
    assert.equal((await ask(path)).status, 404, path)
    assert.equal((await ask(`${path}?outbox=none`)).status, 404, path)
  }
  assert.equal((await ask('/status?outbox=bare')).body.shards.length, 16)
  await until('/audit?outbox=bare', (body) => body.clean && body.shards.length === 16)
  assert.equal((await ask('/audit?outbox=absent')).status, 503)

  const told = await relevo(['status'], urls)
  assert.equal(told.code, 1)
  assert.match(
    told.text,
    /^sound:\n {2}relays: r\/sound holds 16 of 16 shards.*\n.*\n {2}healthy\nhanging:\n/,
  )
  assert.match(told.text, /\nbare:\n.*\n.*\n {2}healthy\n/)
  assert.match(told.text, /absent: .*ECONNREFUSED/)

  proxy.hold()
  relay.child.kill('SIGTERM')
  const code = await relay.ended
  assert.equal(code, 1, 'one could not be handed over')
  assert.deepEqual(await ownersOf(sound.pool), [null])
  assert.deepEqual(await ownersOf(bare.pool), [null])
  assert.deepEqual(await ownersOf(hanging.pool), ['r/hanging'])
})

test('an outbox whose statements wait for a lock holds up no other', async (t) => {
  const [slow, quick] = await Promise.all([createOutbox(t), createOutbox(t)])
  const { base, admin } = await startRelay(t, {
    OUTBOXES: 'slow,quick',
    SLOW_DATABASE_URL: slow.url,
    QUICK_DATABASE_URL: quick.url,
  })
  const topic = `test-${randomUUID()}`
  await admin.ensureTopics([{ topic, partitions: 1 }])
  const event = { topic, type: 'test.happened', key: 'k', payload: {} }
  await enqueue(slow.pool, [event])
  await eventually(async () => (await publishedOf(slow.pool)) === 1, 'both are published')
  const holder = new pg.Client({ connectionString: slow.url })
  holder.on('error', () => {})
  await holder.connect()
  await holder.query('begin; lock table outbox.relay in access exclusive mode')
  const waiting = `select from pg_stat_activity
    where datname = current_database() and application_name = 'relevo relay writer' and wait_event_type = 'Lock'`
  await eventually(async () => (await holder.query(waiting)).rowCount === 1, 'the relay waits for the lock')
  for (let n = 1; n <= 20; n++) {
    await enqueue(quick.pool, [event])
    await eventually(async () => (await publishedOf(quick.pool)) === n, 'the other goes on')
  }
  assert.equal((await holder.query(waiting)).rowCount, 1, 'and it still waits')
  await holder.end()
  await enqueue(slow.pool, [event])
  await eventually(async () => (await publishedOf(slow.pool)) === 2, 'what waited goes on')
  assert.equal((await httpClient(base).ask('/health')).status, 200)
})

test('keys are quarantined and redriven by outbox', async (t) => {
  const [one, other] = await Promise.all([createOutbox(t), createOutbox(t)])
  const urls = { OUTBOXES: 'one,other', ONE_DATABASE_URL: one.url, OTHER_DATABASE_URL: other.url }
  const { base, admin } = await startRelay(t, urls)
  const { ask, until } = httpClient(base)
  const topic = `test-${randomUUID()}`
  await admin.ensureTopics([{ topic, partitions: 1, config: { 'max.message.bytes': '1000' } }])
  const event = { topic, type: 'test.happened', key: 'k', payload: 'x'.repeat(2_000) }
  await enqueue(one.pool, [event])
  await enqueue(other.pool, [event])
  for (const name of ['one', 'other'])
    await until(`/quarantine?outbox=${name}`, (body) => body.keys[0]?.state === 'quarantined')
  assert.equal((await ask('/quarantine/k/discard', { method: 'POST' })).status, 404, 'of which one?')
  assert.equal((await ask('/quarantine/k/discard?outbox=other', { method: 'POST' })).status, 202)
  await until('/quarantine?outbox=other', (body) => body.count === 0)
  assert.equal((await ask('/quarantine?outbox=one')).body.count, 1)
  const bulk = await ask('/quarantine?outbox=one&command=discard&all=true', { method: 'POST' })
  assert.deepEqual([bulk.status, bulk.body], [202, { keys: 1 }])
  await until('/quarantine?outbox=one', (body) => body.count === 0)
  assert.equal((await ask('/quarantine?outbox=one&command=discard', { method: 'POST' })).status, 400)
})

test('two names of one database share its shards as two relays do', async (t) => {
  const { url, pool } = await createOutbox(t)
  const alias = new URL(url)
  alias.hostname = alias.hostname === 'localhost' ? '127.0.0.1' : 'localhost'
  const { base } = await startRelay(t, {
    OUTBOXES: 'one,other',
    ONE_DATABASE_URL: url,
    OTHER_DATABASE_URL: alias.href,
    RELAY_OWNER: 'r',
  })
  const shardsOf = (body: { outboxes: { shards: number[] }[] }) =>
    body.outboxes.map(({ shards }) => shards.length)
  await httpClient(base).until('/outboxes', (body) => shardsOf(body).join() === '8,8')
  assert.deepEqual((await ownersOf(pool)).sort(), ['r/one', 'r/other'])
})
