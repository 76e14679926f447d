import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { enqueue } from '@relevo/outbox'
import { eventually, httpClient, setTopicConfig } from '@relevo/testing'
import { createOutbox, relevo, startRelay } from './relayHarness.ts'

const unknownId = randomUUID()

test('a span of events is published again by API as by command: shown first, followed, aborted, refused', async (t) => {
  const [{ url, pool }, other] = await Promise.all([createOutbox(t), createOutbox(t)])
  const { base, admin } = await startRelay(t, {
    OUTBOXES: 'one,other',
    ONE_DATABASE_URL: url,
    OTHER_DATABASE_URL: other.url,
  })
  const { ask, post, until } = httpClient(base)
  const topic = `test-${randomUUID()}`
  await admin.ensureTopics([{ topic, partitions: 1 }])
  const recorded = await enqueue(pool, [
    { topic, type: 'test.happened', key: 'a', payload: 1 },
    { topic, type: 'test.happened', key: 'a', payload: 2 },
    { topic, type: 'test.happened', key: 'b', payload: 3 },
  ])
  const path = '/republications'
  const span = { topic, from: '2020-01-01T00:00:00Z' }
  const records = async () => Number((await admin.topicOffsets([topic]))[0]?.end)
  await eventually(async () => (await records()) === 3, 'three events sent')
  const preview = () =>
    post(`${path}/preview?outbox=one`, { ...span, eventIds: [recorded[0]?.eventId, unknownId] })
  const shown = await eventually(async () => {
    const { body } = await preview()
    return body.events === 1 && body
  }, 'the event is published')
  assert.deepEqual([shown.keys, shown.unknown, shown.dropped], [1, [unknownId], undefined])
  assert.equal(await records(), 3, 'nothing was sent')

  const accepted = await post(`${path}?outbox=one`, { keys: ['a'] })
  assert.deepEqual([accepted.status, accepted.body.events], [202, 2])
  const { id } = accepted.body
  const end = await until(`${path}/${id}?outbox=one`, ({ state }) => state === 'done')
  assert.deepEqual([end.published, end.rejected, end.gone, end.openShards], [2, 0, 0, 0])
  assert.equal(await records(), 5)
  assert.deepEqual((await ask(`${path}?outbox=one`)).body, { count: 1, republications: [end] })
  assert.equal((await post(`${path}/${id}/abort?outbox=one`, undefined)).status, 409, 'done')
  // No relay carries this one out, so that it is open when it is aborted.
  await pool.query(`create function public.never() returns trigger language plpgsql as $$ begin return null; end $$;
    create trigger never before update of last_id on outbox.republish_shard for each row execute function public.never()`)
  const open = await post(`${path}?outbox=one`, { fromId: 0 })
  assert.equal((await post(`${path}/${open.body.id}/abort?outbox=one`, undefined)).body.state, 'aborted')

  const refusals: [string, unknown, number][] = [
    [`${path}?outbox=one`, {}, 400],
    [`${path}/preview?outbox=one`, {}, 400],
    [`${path}?outbox=one`, { from: 'yesterday' }, 400],
    [`${path}?outbox=one`, { keys: ['none'] }, 409],
    [`${path}?outbox=other`, { keys: ['a'] }, 409],
    [path, { keys: ['a'] }, 404],
    [`${path}/999/abort?outbox=one`, undefined, 404],
    [`${path}/x/abort?outbox=one`, undefined, 400],
  ]
  for (const [place, body, status] of refusals)
    assert.equal((await post(place, body)).status, status, `${place} ${JSON.stringify(body)}`)
  assert.equal((await ask(`${path}/999?outbox=one`)).status, 404)
})

test('the relay publishes, quarantines and is redriven by API and by command, and hands over at SIGTERM', async (t) => {
  const { url, pool } = await createOutbox(t)
  const env = { DATABASE_URL: url }
  const { relay, base, brokers, admin } = await startRelay(t, env)
  const { ask, until } = httpClient(base)
  await eventually(async () => (await ask('/ready')).status === 200)
  const topic = `test-${randomUUID()}`
  await admin.ensureTopics([{ topic, partitions: 1, config: { 'max.message.bytes': '1000' } }])
  const event = { topic, type: 'test.happened', payload: 'x'.repeat(2_000) }
  await enqueue(pool, [
    { ...event, key: 'a/b' },
    { ...event, key: 'c' },
  ])
  const held = await until('/quarantine?limit=1', (body) => body.next && body.keys[0].state === 'quarantined')
  assert.equal(held.count, 1)
  const second = await until(`/quarantine?after=${encodeURIComponent(held.next)}`, () => true)
  assert.equal(second.count, 1)
  assert.equal((await fetch(`${base}/quarantine?limit=0`)).status, 400)
  assert.equal((await fetch(`${base}/quarantine/none/skip`, { method: 'POST' })).status, 404)
  for (const wrong of ['?after=0:%00', '?after=32768:a', '?after=0:a', '?eventId=x', '?topic=%00', '/%00'])
    assert.equal((await fetch(`${base}/quarantine${wrong}`)).status, 400, wrong)
  for (const wrong of [
    '/%00/redrive',
    '/%00/skip',
    '/%00/discard',
    '?command=redrive',
    '?command=eat&all=true',
  ])
    assert.equal((await fetch(`${base}/quarantine${wrong}`, { method: 'POST' })).status, 400, wrong)
  assert.equal((await until(`/quarantine?topic=${topic}`, () => true)).count, 2)
  assert.equal((await until('/quarantine?topic=none', () => true)).count, 0)
  assert.equal((await until('/quarantine/c', () => true)).events[0].payload.length, 2_002)
  assert.match((await relevo(['quarantine'], env)).text, /a\/b: .* recordTooLarge/)
  const shown = JSON.parse((await relevo(['quarantine', 'show', 'c'], env)).text)
  assert.deepEqual([shown.waiting, shown.events[0].payload.length], [1, 2_000])
  assert.equal((await relevo(['quarantine', 'show', 'none'], env)).code, 1)
  assert.equal((await relevo(['quarantine', 'redrive'], env)).code, 2, 'which keys?')
  assert.match((await relevo(['quarantine', 'redrive', '--topic', 'none'], env)).text, /No such key/)

  await setTopicConfig(brokers, topic, { 'max.message.bytes': '100000' })
  assert.equal((await fetch(`${base}/quarantine/a%2Fb/redrive`, { method: 'POST' })).status, 202)
  const none = await fetch(`${base}/quarantine?command=discard&topic=none`, { method: 'POST' })
  assert.deepEqual([none.status, await none.json()], [202, { keys: 0 }])
  await until('/quarantine', (body) => body.count === 1)
  const redrive = ['quarantine', 'redrive', '--error', 'recordTooLarge']
  const asked = await relevo(redrive, env)
  assert.deepEqual([asked.code, /redrive 1 key with 1 waiting event\..*--yes/.test(asked.text)], [1, true])
  assert.deepEqual(await relevo([...redrive, '--yes'], env), { code: 0, text: 'Delivered 1 event.' })
  await until('/quarantine', (body) => body.count === 0)
  assert.equal((await until('/audit', (body) => body.clean)).shards.length, 16)
  assert.equal((await relevo(['audit'], env)).code, 0)
  const healthy = await relevo(['status'], env)
  assert.match(healthy.text, /holds 16 of 16 shards.*\n.*backlog: 0 events\n.*healthy/)
  assert.equal(healthy.code, 0)
  const status = await until('/status', () => true)
  assert.equal(status.shards.length, 16)
  assert.match(
    await (await fetch(`${base}/metrics`)).text(),
    /relevo_relay_published_events_total\{outbox="[a-z0-9_]+",topic="test-.*\} 2/,
  )

  relay.child.kill('SIGTERM')
  const code = await relay.ended
  assert.equal(code, 0)
  const { rows } = await pool.query(
    'select count(*)::integer as held from outbox.cursor where owner is not null',
  )
  assert.equal(rows[0].held, 0)
})
