import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { runCommand } from '@relevo/cli'
import { eventually, startInProcess } from '@relevo/testing'
import { service } from '../main.ts'
import { emailHarness, emailWorld, someOrder, testRequest } from './emailHarness.ts'
import { scriptedMailServer } from './mailServerHarness.ts'
import { redriveNotifications } from './sql/redriveNotifications.ts'

const typesOf = (events: { type: string }[]) => events.map(({ type }) => type)

test('sends what is asked for in the language asked for, as text and as HTML, once for each notification', async (t) => {
  const mail = await scriptedMailServer(t)
  const { send, ended, row, events, ask } = await emailHarness(t, mail.url)
  const order_id = randomUUID()
  const spanish = testRequest('ana@example.test', { order_id })
  const english = testRequest('bob@example.test', {
    language: 'en',
    template: 'order_cancelled',
    data: { ...someOrder, reason: 'INSUFFICIENT_STOCK', detail: 'LAPTOP-001: 50 of 1000' },
  })
  const again = { ...testRequest('ana@example.test', { notification_id: spanish.id }), id: spanish.id }
  await send(spanish, english, spanish, again)
  await Promise.all([ended(spanish.id, 'sent'), ended(english.id, 'sent')])
  await eventually(async () => (await ask('/channels')).body.channels[0].lag === 0, 'no lag')

  const [first] = mail.to('ana@example.test')
  assert.equal(first?.messageId, `<${spanish.eventId}@relevo.test>`)
  assert.equal(first?.subject, 'Tu pedido ORD-000017 está confirmado')
  assert.match(first?.text ?? '', /Hola, Ana Núñez:\n\n.*\n\n- 2 × Portátil: 1999,98\sUS\$\n\nTotal: 1999,98/)
  assert.match(first?.html ?? '', /<html lang="es">.*<td[^>]*>Portátil<\/td>.*Gracias/s)
  const [second] = mail.to('bob@example.test')
  assert.equal(second?.subject, 'Your order ORD-000017 was cancelled')
  assert.match(second?.text ?? '', /We do not have enough units of a product\. LAPTOP-001: 50 of 1000/)
  assert.match(second?.html ?? '', /<html lang="en">.*\$1,999\.98/s)
  assert.equal(mail.received.length, 2, 'a notification was sent twice')

  const [sent, ...others] = await events(spanish.id)
  assert.deepEqual(others, [])
  assert.deepEqual([sent.topic, sent.type], ['notifications.events', 'NOTIFICATION_SENT'])
  assert.deepEqual(sent.payload, {
    notification_id: spanish.id,
    channel: 'email',
    template: 'order_confirmed',
    order_id,
    attempt: 1,
    doubtful_attempts: 0,
  })
  assert.equal((await row(spanish.id)).event_id, spanish.eventId)
  const listed = (await ask(`/notifications?order_id=${order_id}&state=sent`)).body
  assert.deepEqual([listed.count, listed.notifications[0].notification_id], [1, spanish.id])
  assert.equal((await ask(`/notifications/${english.id}`)).body.to, 'bob@example.test')
  const { accepted, sent: count, sent_doubtful } = (await ask('/notifications/stats')).body
  assert.deepEqual([accepted, count, sent_doubtful], [2, 2, 0])
})

test('is sent as soon as its request is recorded, however seldom the dispatcher looks by itself', async (t) => {
  const mail = await scriptedMailServer(t)
  const { send, ended } = await emailHarness(t, mail.url, { EMAIL_POLL_MS: '600000' })
  for (const to of ['ana@example.test', 'bob@example.test']) {
    const request = testRequest(to)
    await send(request)
    await ended(request.id, 'sent')
  }
})

test('is tried three times, then in the dead letters as it was asked for, and redriven under its own id', async (t) => {
  const mail = await scriptedMailServer(t)
  const { send, ended, row, events, ask } = await emailHarness(t, mail.url)
  mail.script('ana@example.test', { data: 451 }, { rcpt: 450 }, { data: 452 })
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const request = testRequest('ana@example.test', {}, { headers: { traceparent, tenant: 'north' } })
  await send(request)
  await ended(request.id, 'dead')
  assert.equal(mail.seen.rcpts, 3)
  assert.equal(mail.received.length, 0)

  const told = await events(request.id)
  assert.deepEqual(typesOf(told), [
    'NOTIFICATION_FAILED',
    'NOTIFICATION_FAILED',
    'NOTIFICATION_FAILED',
    'NOTIFICATION_DEAD',
    'NOTIFICATION_REQUESTED',
  ])
  assert.deepEqual(
    told.slice(0, 4).map(({ payload: { attempt, reason } }) => [attempt, reason]),
    [
      [1, 'DEFERRED'],
      [2, 'DEFERRED'],
      [3, 'DEFERRED'],
      [3, 'DEFERRED'],
    ],
  )
  const copy = told[4]
  assert.equal(copy.event_id, request.eventId)
  assert.deepEqual(copy.payload, JSON.parse(request.value))
  const { relevo_dlt_time, relevo_dlt_consumer, relevo_dlt_error, ...headers } = copy.headers
  assert.deepEqual(headers, {
    traceparent,
    tenant: 'north',
    relevo_dlt_reason: 'DEFERRED',
    relevo_dlt_attempts: '3',
    relevo_dlt_source: '/relevo/orders',
    relevo_dlt_event_time: request.headers.ce_time,
  })
  assert.match(relevo_dlt_error, /452/)

  assert.equal((await ask('/notifications/redrive', 'POST')).status, 400)
  assert.equal((await ask('/notifications/redrive?reason=REFUSED', 'POST')).body.redriven, 0)
  const redriven = await ask(`/notifications/${request.id}/redrive`, 'POST')
  assert.deepEqual([redriven.status, redriven.body], [202, { success: true, redriven: 1 }])
  await ended(request.id, 'sent')
  assert.deepEqual(
    mail.received.map(({ messageId }) => messageId),
    [`<${request.eventId}@relevo.test>`],
  )
  assert.deepEqual(typesOf((await events(request.id)).slice(5)), ['NOTIFICATION_SENT'])
  const { attempts, redrives, doubtful } = await row(request.id)
  assert.deepEqual([attempts, redrives, doubtful], [1, 1, 0])
  const answer = await ask(`/notifications/${request.id}/redrive`, 'POST')
  assert.equal(answer.status, 409)
  assert.match(answer.body.detail, /it is sent/)
  assert.equal((await ask(`/notifications/${randomUUID()}/redrive`, 'POST')).status, 404)
})

test('what can never be sent is dead at once, and says why', async (t) => {
  const mail = await scriptedMailServer(t)
  const { send, ended, row, events, ask } = await emailHarness(t, mail.url)
  mail.script('gone@example.test', { rcpt: 550 })
  mail.script('spam@example.test', { data: 554 })
  const past = new Date(Date.now() - 60_000).toISOString()
  const cases = [
    [testRequest('gone@example.test'), 'REFUSED'],
    [testRequest('spam@example.test'), 'REFUSED'],
    [testRequest('late@example.test', { deliver_before: past }), 'EXPIRED'],
    [testRequest('a@example.test, b@example.test'), 'INVALID_ADDRESS'],
    [testRequest('Ana <a@example.test>'), 'INVALID_ADDRESS'],
    [testRequest('a@example.test\r\nBcc: b@example.test'), 'INVALID_ADDRESS'],
    [testRequest('nobody'), 'INVALID_ADDRESS'],
    [testRequest('new@example.test', { template: 'constructor' }), 'UNKNOWN_TEMPLATE'],
    [testRequest('new@example.test', { data: { items: [] } }), 'INVALID_DATA'],
  ] as const
  await send(...cases.map(([request]) => request))
  for (const [{ id }, reason] of cases) {
    await ended(id, 'dead')
    assert.equal((await row(id)).reason, reason)
    assert.deepEqual(typesOf(await events(id)), [
      'NOTIFICATION_FAILED',
      'NOTIFICATION_DEAD',
      'NOTIFICATION_REQUESTED',
    ])
  }
  assert.deepEqual(mail.received, [])

  const late = cases[2][0].id
  assert.equal((await ask(`/notifications/${late}/redrive`, 'POST')).status, 409)
  assert.equal((await ask('/notifications/redrive?all=true&reason=EXPIRED', 'POST')).body.redriven, 0)
  assert.equal((await ask(`/notifications/${late}/redrive?late=true`, 'POST')).status, 202)
  await ended(late, 'sent')
  assert.equal(mail.received.length, 1)
  const { dead_by_reason } = (await ask('/notifications/stats')).body
  assert.deepEqual(dead_by_reason, { REFUSED: 2, INVALID_ADDRESS: 4, UNKNOWN_TEMPLATE: 1, INVALID_DATA: 1 })
})

test('operators list and redrive what was given up from the command line', async (t) => {
  const mail = await scriptedMailServer(t)
  const { send, ended, url } = await emailHarness(t, mail.url)
  mail.script('gone@example.test', { rcpt: 550 }, { rcpt: 550 })
  const [gone, nobody] = [testRequest('gone@example.test'), testRequest('nobody')]
  await send(gone, nobody)
  await Promise.all([ended(gone.id, 'dead'), ended(nobody.id, 'dead')])
  let lines: string[] = []
  const add = (line: string) => void lines.push(line)
  const relevo = async (...words: string[]) => {
    lines = []
    return runCommand(['emails', ...words, '--url', url], {}, { out: add, err: add })
  }

  assert.equal(await relevo(), 0)
  assert.match(
    lines.join('\n'),
    new RegExp(`${gone.id} +order_confirmed +gone@example.test +1 +0 .* REFUSED`),
  )
  assert.equal(await relevo('redrive'), 2)
  assert.match(lines.join(), /Which\? Give an id/)
  assert.equal(await relevo('redrive', gone.id, '--all'), 2)
  assert.equal(await relevo('redrive', '--reason', 'REFUSED'), 1)
  assert.match(lines.join(), /with reason REFUSED that were given up. Nothing was changed: do it with --yes/)
  assert.equal(await relevo('redrive', '--reason', 'REFUSED', '--yes'), 0)
  assert.match(lines.join(), /1 e-mail has new attempts/)
  await eventually(() => mail.seen.rcpts === 2, 'another attempt')
  await ended(gone.id, 'dead')
  assert.equal(await relevo('redrive', gone.id), 0)
  await ended(gone.id, 'sent')
  assert.equal(await relevo('redrive', gone.id), 1)
  assert.match(lines.join(), /It was not given up: it is sent/)
  assert.equal(await relevo('redrive', '--reason', 'REFUSED', '--yes'), 1)
  assert.match(lines.join(), /There is none/)
  assert.equal(await relevo('list', '--state', 'sent'), 0)
  assert.match(lines.join(), new RegExp(gone.id))
})

test('many are redriven in pages: one that is locked holds up none before it', async (t) => {
  const mail = await scriptedMailServer(t)
  const { send, ended, pool } = await emailHarness(t, mail.url)
  const requests = ['one', 'two', 'three', 'four'].map((name) => testRequest(name)) // none is an address
  await send(...requests)
  await Promise.all(requests.map(({ id }) => ended(id, 'dead')))
  const holder = await pool.connect()
  try {
    await holder.query('begin')
    await holder.query('select from notification order by number desc limit 1 for update')
    const redriving = redriveNotifications(pool, { reason: 'INVALID_ADDRESS', late: false }, 3)
    const redriven = 'select from notification where redrives = 1'
    await eventually(async () => (await pool.query(redriven)).rowCount === 3, 'the first page of three')
    await holder.query('rollback')
    assert.equal(await redriving, 4)
  } finally {
    holder.release()
  }
})

test('a request that is none is a dead letter of the channel', async (t) => {
  const mail = await scriptedMailServer(t)
  const { send, ask, pool } = await emailHarness(t, mail.url)
  const growing = testRequest('a@example.test', { data: { order_number: 'x', more: 'NUMBERS' } })
  const numbers = `[${Array(60_000).fill('1e20').join()}]` // 21 digits each, once they are read and written
  await send(
    { ...growing, value: growing.value.replace('"NUMBERS"', numbers) },
    testRequest('a@example.test', { channel: 'pigeon' }),
    testRequest('a@example.test', { data: { order_number: 'a\u0000b' } }),
    testRequest('a@example.test', { data: { order_number: 'x'.repeat(600_000) } }),
  )
  const letters = '/channels/email/dead-letters'
  await eventually(async () => (await ask(letters)).body.count === 4, 'four dead letters')
  const { dead_letters } = (await ask(letters)).body
  const reasons = dead_letters.map(({ reason }: { reason: string }) => reason).sort()
  assert.deepEqual(reasons, ['rejected', 'rejected', 'rejected', 'schemaViolation'])
  assert.equal((await pool.query('select from notification')).rowCount, 0)
})

test('headers that no database takes keep nothing from being sent or given up', async (t) => {
  const mail = await scriptedMailServer(t)
  const { send, ended, events } = await emailHarness(t, mail.url)
  mail.script('gone@example.test', { rcpt: 550 })
  const headers = { traceparent: 'a\0b', tenant: '\0'.repeat(8_192), constructor: 'c' }
  const [sent, dead] = ['ana', 'gone'].map((name) => testRequest(`${name}@example.test`, {}, { headers }))
  assert.ok(sent && dead)
  await send(sent, dead)
  await Promise.all([ended(sent.id, 'sent'), ended(dead.id, 'dead')])
  assert.deepEqual(
    (await events(sent.id)).map((event) => event.headers),
    [{ ce_causationid: sent.eventId, ce_correlationid: sent.eventId }],
  )
  const copy = (await events(dead.id)).at(-1)
  assert.deepEqual(
    [copy.headers.traceparent, copy.headers.tenant, copy.headers.constructor],
    ['a?b', '?'.repeat(8_192), 'c'],
  )
})

test('nothing that is put into a mail becomes markup or a header', async (t) => {
  const mail = await scriptedMailServer(t)
  const { send, ended } = await emailHarness(t, mail.url)
  const evil = `<img src=x onerror="alert('1')">\r\nBcc: eve@example.test\r\n\r\n& more`
  const request = testRequest('ana@example.test', {
    template: 'order_cancelled',
    data: {
      order_number: '1\r\nBcc: eve@example.test',
      customer_name: evil,
      items: [{ product_name: evil, quantity: 1 }],
      reason: 'PAYMENT_DECLINED',
      detail: evil,
    },
  })
  await send(request)
  await ended(request.id, 'sent')
  const [{ raw, html, text, subject } = assert.fail()] = mail.received
  assert.equal(subject, 'Tu pedido 1 Bcc: eve@example.test se ha cancelado')
  const headers = raw.slice(0, raw.indexOf('\r\n\r\n'))
  assert.doesNotMatch(headers, /^bcc:/im)
  assert.match(headers, /^To: ana@example.test$/im)
  assert.doesNotMatch(html ?? '', /<img/)
  assert.match(
    html ?? '',
    /&lt;img src=x onerror=&quot;alert\(&#39;1&#39;\)&quot;&gt; Bcc: eve@example.test &amp; more/,
  )
  assert.match(text ?? '', /- 1 × <img src=x onerror="alert\('1'\)"> Bcc: eve@example.test & more/)
})

test('failures can be simulated: for a share of the attempts, and for addresses until they are redriven', async (t) => {
  const mail = await scriptedMailServer(t)
  const always = await emailHarness(t, mail.url, { EMAIL_FAILURE_RATE: '1' })
  const request = testRequest('ana@example.test')
  await always.send(request)
  await always.ended(request.id, 'dead')
  assert.equal((await always.row(request.id)).reason, 'SIMULATED')
  assert.equal(mail.seen.rcpts, 0)

  const sandbox = await emailHarness(t, mail.url, { EMAIL_SANDBOX: 'true' })
  const [failing, other] = [testRequest('undeliverable@example.test'), testRequest('ana@example.test')]
  await sandbox.send(failing, other)
  await Promise.all([sandbox.ended(failing.id, 'dead'), sandbox.ended(other.id, 'sent')])
  assert.equal((await sandbox.row(failing.id)).attempts, 3)
  assert.equal((await sandbox.ask('/notifications/redrive?reason=SIMULATED', 'POST')).body.redriven, 1)
  await sandbox.ended(failing.id, 'sent')
})

test('what has ended is forgotten after its time, and nothing else', async (t) => {
  const mail = await scriptedMailServer(t)
  const { env, pool } = await emailWorld(t, mail.url)
  const insert = `
insert into notification (id, event_id, headers, payload, channel, template, recipient, state, ended_at, due_at)
select gen_random_uuid(), gen_random_uuid(), '{}', '{}', 'email', 't', state || ' ' || days, state,
  now() - days * interval '1 day', now() + interval '1 day'
from unnest(array['sent', 'dead', 'queued']) state, unnest(array[8, 6]) days`
  await pool.query(insert)
  await startInProcess(t, service, { ...env, EMAIL_RETENTION_DAYS: '7' })
  const left = async () =>
    (await pool.query('select recipient from notification order by 1')).rows.map(({ recipient }) => recipient)
  await eventually(async () => (await left()).length === 4, 'two of them forgotten')
  assert.deepEqual(await left(), ['dead 6', 'queued 6', 'queued 8', 'sent 6'])
})
