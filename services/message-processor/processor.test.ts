import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { loadConfig } from '@relevo/kit'
import { eventually } from '@relevo/testing'
import { config } from './config.ts'
import { processorHarness } from './processorHarness.ts'

test('stores each message once, with the number of its event, and tells what it did', async (t) => {
  const { start, send, messages, groupId, topic } = await processorHarness(t)
  const [a, b] = [randomUUID(), randomUUID()]
  const { ask, registry } = await start()
  await send({ content: 'a', eventId: a, outboxId: '7' }, { content: 'b 🚀', eventId: b, outboxId: '8' })
  await send({ content: 'a', eventId: a, outboxId: '7' }, { content: 'c', outboxId: '9' })
  await eventually(async () => (await messages()).length === 3, 'three messages')
  await eventually(async () => (await ask('/stats')).body.lag === 0, 'no lag')
  assert.deepEqual((await messages()).slice(0, 2), [
    { content: 'a', evento_id: '7', event_id: a },
    { content: 'b 🚀', evento_id: '8', event_id: b },
  ])
  const { status, body } = await ask('/stats')
  assert.equal(status, 200)
  const { last_processed_at, ...rest } = body
  assert.ok(Math.abs(Date.now() - Date.parse(last_processed_at)) < 60_000)
  const none = { ignored: 0, retries: 0, held: 0, dead_letters: 0 }
  assert.deepEqual(rest, { total: 3, group_id: groupId, topic, lag: 0, processed: 3, duplicates: 1, ...none })
  assert.match(await registry.metrics(), /relevo_inbox_processed/)
})

test('what was stored once is not stored again, even if the inbox has forgotten it', async (t) => {
  const { start, send, messages, pool } = await processorHarness(t)
  const eventId = randomUUID()
  await pool.query('insert into messages (content, evento_id, event_id) values ($1, 5, $2)', [
    'first',
    eventId,
  ])
  const { ask } = await start()
  await send({ content: 'again', eventId, outboxId: '5' })
  await eventually(async () => (await ask('/stats')).body.processed === 1, 'the event processed')
  assert.deepEqual(await messages(), [{ content: 'first', evento_id: '5', event_id: eventId }])
})

test('a forged event number does not keep the event out that has it', async (t) => {
  const { start, send, messages } = await processorHarness(t)
  await start()
  await send({ content: 'forged', outboxId: '2' })
  await send({ content: 'first', outboxId: '1' }, { content: 'second', outboxId: '2' })
  await eventually(async () => (await messages()).length === 3, 'three messages')
})

test('gives up what cannot be stored, lists it and drives it again', async (t) => {
  const { start, send, messages, pool } = await processorHarness(t)
  await pool.query("alter table messages add constraint passing check (content <> 'not now')")
  const { ask } = await start()
  const [late, numberless, empty, unknown] = await send(
    { content: 'not now', outboxId: '1' },
    { content: 'no number', outboxId: 'x' },
    { content: '', outboxId: '3' },
    { content: 'other', outboxId: '4', type: 'message.deleted' },
  )
  await eventually(async () => (await ask('/dead-letters')).body.count === 4, 'four dead letters')
  const { body } = await ask('/dead-letters')
  const reasons = Object.fromEntries(
    body.dead_letters.map((letter: { event_id: string; reason: string; attempts: number }) => [
      letter.event_id,
      `${letter.reason} ${letter.attempts}`,
    ]),
  )
  assert.match(reasons[late ?? ''], /attemptsExhausted 3/)
  assert.match(reasons[numberless ?? ''], /rejected/)
  assert.match(reasons[empty ?? ''], /schemaViolation/)
  assert.match(reasons[unknown ?? ''], /unknownType/)

  const page = (await ask('/dead-letters?limit=3')).body
  assert.equal(page.count, 3)
  const rest = (await ask(`/dead-letters?limit=3&cursor=${page.next_cursor}`)).body
  assert.deepEqual([rest.count, rest.next_cursor], [1, undefined])

  await pool.query('alter table messages drop constraint passing')
  const redriven = await ask(`/dead-letters/${late}/redrive`, { method: 'POST' })
  assert.deepEqual([redriven.status, redriven.body], [202, { success: true, redriven: 1 }])
  await eventually(async () => (await messages()).length === 1, 'the message stored')
  assert.equal((await ask(`/dead-letters/${late}/redrive`, { method: 'POST' })).status, 404)
  assert.equal((await ask('/dead-letters')).body.count, 3)
  assert.equal((await ask('/dead-letters?redriven=true')).body.count, 4)
  assert.deepEqual((await ask('/dead-letters/redrive', { method: 'POST' })).body, {
    success: true,
    redriven: 3,
  })
  await eventually(async () => (await ask('/dead-letters')).body.count === 3, 'three dead letters again')
})

test('dead letters are found by filters, grouped, shown whole, discarded and revived', async (t) => {
  const { start, send, topic } = await processorHarness(t)
  const { ask, post } = await start()
  const [unknown, other, empty] = await send(
    { content: 'ñ', type: 'message.deleted' },
    { content: 'b', type: 'message.deleted' },
    { content: '' },
  )
  await eventually(async () => (await ask('/dead-letters')).body.count === 3, 'three dead letters')
  const ids = async (query: string) =>
    (await ask(`/dead-letters?${query}`)).body.dead_letters.map(
      (letter: { event_id: string }) => letter.event_id,
    )
  assert.deepEqual(await ids('reason=schemaViolation'), [empty])
  assert.deepEqual((await ids(`type=message.deleted&topic=${topic}&since=0000-01-01T00:00:00Z`)).length, 2)
  assert.deepEqual(await ids(`event_id=${unknown}&key=${unknown}`), [unknown])
  for (const none of ['since=9999-12-31T23:59:59-23:59', 'topic=x', 'group=0123456789ab', 'state=discarded'])
    assert.deepEqual(await ids(none), [], none)

  const { groups, count } = (await ask('/dead-letters/groups')).body
  assert.deepEqual([count, groups[0].count, groups[0].reason], [2, 2, 'unknownType'])
  assert.equal((await ask('/dead-letters/groups?limit=1')).body.count, 1)
  assert.deepEqual((await ids(`group=${groups[0].group}`)).toSorted(), [unknown, other].toSorted())

  const [{ id }] = (await ask(`/dead-letters?event_id=${unknown}`)).body.dead_letters
  const { body: whole } = await ask(`/dead-letters/${id}`)
  assert.deepEqual([whole.value, whole.encoding, whole.key], ['{"content":"ñ"}', 'utf-8', unknown])
  assert.deepEqual([whole.headers.ce_type, whole.source], ['message.deleted', '/test'])
  assert.equal((await ask('/dead-letters/999999')).status, 404)

  const note = { note: 'una prueba' }
  for (const deed of ['discard', 'revive']) {
    const { status, body } = await post(`/dead-letters/${deed}`, note)
    assert.equal(status, 400)
    assert.match(body.error, /all=true/)
  }
  assert.equal((await post(`/dead-letters/discard?id=${id}`, { note: '' })).status, 400)
  assert.deepEqual((await post(`/dead-letters/discard?group=${groups[0].group}`, note)).body, {
    success: true,
    discarded: 2,
  })
  const [discarded] = (await ask('/dead-letters?state=discarded')).body.dead_letters
  assert.deepEqual([discarded.note, discarded.state], ['una prueba', 'discarded'])
  assert.equal((await post(`/dead-letters/${unknown}/redrive`)).status, 404, 'it is discarded')
  assert.deepEqual((await post(`/dead-letters/revive?id=${id}`)).body, { success: true, revived: 1 })
  assert.deepEqual((await post('/dead-letters/revive?all=true')).body, { success: true, revived: 1 })
  assert.equal((await ids('')).length, 3)
  assert.equal((await post('/dead-letters/redrive?type=x')).body.redriven, 0)
  assert.equal((await post('/dead-letters/redrive?type=message.deleted')).body.redriven, 2)
})

test('a value that is no text is shown as base64', async (t) => {
  const { start, sendBytes } = await processorHarness(t)
  const { ask } = await start()
  await sendBytes(Buffer.from([0xff, 0x00]))
  const dead = async () => (await ask('/dead-letters')).body.dead_letters[0]
  const { id } = await eventually(dead, 'a dead letter')
  const { value, encoding } = (await ask(`/dead-letters/${id}`)).body
  assert.deepEqual([value, encoding], ['/wA=', 'base64'])
})

test('only operators act on dead letters and see what is in them', async (t) => {
  const { start } = await processorHarness(t, { OPERATOR_TOKEN: 'secret' })
  const { ask, post } = await start()
  const authorization = { authorization: 'Bearer secret' }
  const id = randomUUID()
  const calls: [string, unknown, number][] = [
    ['/dead-letters/redrive', undefined, 202],
    [`/dead-letters/${id}/redrive`, undefined, 404],
    ['/dead-letters/discard?all=true', { note: 'x' }, 200],
    ['/dead-letters/revive?all=true', undefined, 200],
  ]
  for (const [path, body, status] of calls) {
    assert.equal((await post(path, body)).status, 401, path)
    assert.equal((await post(path, body, authorization)).status, status, path)
  }
  assert.equal((await ask('/dead-letters/1')).status, 401)
  assert.equal((await ask('/dead-letters/1', { headers: authorization })).status, 404)
  for (const open of ['/dead-letters', '/dead-letters/groups'])
    assert.equal((await ask(open)).status, 200, open)
})

test('handles the types that it is told to and passes over the others', async (t) => {
  const { start, send } = await processorHarness(t, { EVENT_TYPES: 'message.created' })
  const { ask } = await start()
  await send({ content: 'a' }, { content: 'b', type: 'message.deleted' })
  await eventually(async () => {
    const { processed, ignored } = (await ask('/stats')).body
    return processed === 1 && ignored === 1
  }, 'one processed, one ignored')
  assert.equal((await ask('/dead-letters')).body.count, 0)
})

test('refuses wrong requests in Spanish', async (t) => {
  const { start } = await processorHarness(t)
  const { ask } = await start()
  for (const path of [
    '/dead-letters?limit=0',
    '/dead-letters?cursor=x',
    '/dead-letters?redriven=1',
    '/dead-letters?x=1',
  ]) {
    const { status, body } = await ask(path)
    assert.ok(status === 400 && body.success === false && /parámetro/i.test(body.error), path)
  }
  assert.equal((await ask('/dead-letters/1/redrive', { method: 'POST' })).status, 400)
  assert.equal((await ask(`/dead-letters/${randomUUID()}/redrive`, { method: 'POST' })).status, 404)
  assert.equal((await ask('/dead-letters', { method: 'DELETE' })).status, 405)
})

test('refuses event types that it does not know', () => {
  const env = { DATABASE_URL: 'postgres://localhost/x', KAFKA_BROKERS: 'localhost:9092' }
  assert.throws(() => loadConfig(config, { ...env, EVENT_TYPES: 'message.created, order.placed' }), {
    message: /EVENT_TYPES must be of message\.created, not "order\.placed"/,
  })
})
