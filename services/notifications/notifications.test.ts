import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { loadConfig } from '@relevo/kit'
import { eventually } from '@relevo/testing'
import { isUnavailable, parseRetryAfter } from './channels/webhookChannel.ts'
import { formatEvent } from './cloudEvent.ts'
import { config } from './config.ts'
import { notificationsHarness, testEvent } from './notificationsHarness.ts'
import { mailServer, webhookServer } from './testReceivers.ts'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const idsOf = (events: { headers: { ce_id: string } }[]) => events.map(({ headers }) => headers.ce_id)

test('appends each event to the file once, those of a commission in order', async (t) => {
  const { send, lines, ask } = await notificationsHarness(t, {})
  const commissions = Array.from({ length: 50 }, () => randomUUID())
  const events = commissions.flatMap((commissionId) => [
    testEvent('calculated', { commissionId }),
    testEvent('approved', { commissionId }),
  ])
  await send(...events)
  await send(...events.slice(20)) // another delivery, as after a crash of the relay
  await eventually(async () => (await lines()).length >= 100, 'a hundred lines')
  await eventually(async () => (await ask('/channels')).body.channels[0].lag === 0, 'no lag')
  const written = await lines()
  assert.deepEqual(written.map(({ id }) => id).sort(), idsOf(events).sort())
  for (const commissionId of commissions)
    assert.deepEqual(
      written.filter(({ subject }) => subject === commissionId).map(({ type }) => type),
      ['commission.calculated', 'commission.approved'],
    )
  const { value, headers } = events[0] ?? assert.fail()
  const line = written.find(({ id }) => id === headers.ce_id)
  assert.deepEqual(line, {
    specversion: '1.0',
    id: headers.ce_id,
    source: '/test',
    type: 'commission.calculated',
    subject: commissions[0],
    time: headers.ce_time,
    datacontenttype: 'application/json',
    data: JSON.parse(value),
  })
  const [channel] = (await ask('/channels')).body.channels
  assert.deepEqual(
    [channel.channel, channel.problem, channel.processed, channel.duplicates],
    ['file', null, 100, 80],
  )
})

test('sends an e-mail for each event, again when the server has no time, and never when it refuses', async (t) => {
  const mail = await mailServer(t)
  const { send, ask } = await notificationsHarness(t, {
    CHANNELS: 'smtp',
    SMTP_URL: mail.url,
    SMTP_FROM: 'Relevo <noreply@relevo.test>',
    SMTP_TO: 'finance@example.test, ops@example.test',
  })
  mail.answers.push(451) // the first try
  const event = testEvent('calculated')
  await send(event)
  await eventually(() => mail.received.length === 1, 'an e-mail')
  const [{ recipients, text } = { recipients: [], text: '' }] = mail.received
  assert.deepEqual(recipients, ['finance@example.test', 'ops@example.test'])
  assert.match(text, new RegExp(`^Message-ID: <${event.headers.ce_id}@relevo.test>\r$`, 'im'))
  assert.match(text, /^From: Relevo <noreply@relevo.test>\r$/m)
  assert.match(text, /^Subject: Commission calculated: 15\.06 USD for aff-1\r$/m)
  assert.match(text, new RegExp(`Commission ${event.key} of 15\\.06 USD was calculated\\.`))

  mail.answers.push(554)
  const refused = testEvent('approved')
  await send(refused)
  await eventually(async () => (await ask('/channels/smtp/dead-letters')).body.count === 1, 'a dead letter')
  const [letter] = (await ask('/channels/smtp/dead-letters')).body.dead_letters
  assert.deepEqual([letter.event_id, letter.reason, letter.attempts], [refused.headers.ce_id, 'rejected', 1])
  assert.equal(mail.received.length, 1)

  const redriven = await ask(`/channels/smtp/dead-letters/${refused.headers.ce_id}/redrive`, 'POST')
  assert.deepEqual([redriven.status, redriven.body], [202, { success: true, redriven: 1 }])
  await eventually(() => mail.received.length === 2, 'the e-mail sent after all')
  assert.match(mail.received[1]?.text ?? '', /Subject: Commission approved: 15\.06 USD/)
  assert.equal((await ask('/channels/smtp/dead-letters')).body.count, 0)
})

test('posts each event signed, with its id at each try, until it is taken or given up', async (t) => {
  const hook = await webhookServer(t)
  const { send, ask } = await notificationsHarness(t, {
    CHANNELS: 'webhook',
    WEBHOOK_URL: `${hook.url}/hook?x=1`,
    WEBHOOK_SECRET: secret,
  })
  hook.answers.push(500, 'hang')
  const event = testEvent('calculated')
  await send(event)
  await eventually(() => hook.received.length === 3, 'three posts')
  for (const { path, headers, body } of hook.received) {
    assert.equal(path, '/hook?x=1')
    assert.equal(headers['webhook-id'], event.headers.ce_id)
    const timestamp = String(headers['webhook-timestamp'])
    assert.ok(Math.abs(Number(timestamp) - Date.now() / 1_000) < 60)
    const signed = createHmac('sha256', Buffer.alloc(32, 7))
      .update(`${event.headers.ce_id}.${timestamp}.${body}`)
      .digest('base64')
    assert.equal(headers['webhook-signature'], `v1,${signed}`)
    assert.deepEqual(JSON.parse(body).data, JSON.parse(event.value))
  }

  hook.answers.push('redirect', 404, 404)
  const lost = testEvent('calculated')
  await send(lost)
  await eventually(
    async () => (await ask('/channels/webhook/dead-letters')).body.count === 1,
    'a dead letter',
  )
  const [letter] = (await ask('/channels/webhook/dead-letters')).body.dead_letters
  assert.deepEqual(
    [letter.event_id, letter.reason, letter.attempts],
    [lost.headers.ce_id, 'attemptsExhausted', 3],
  )
  assert.ok(
    hook.received.every(({ path }) => path === '/hook?x=1'),
    'a redirect was followed',
  )
  assert.equal((await ask('/channels/webhook/dead-letters/redrive', 'POST')).body.redriven, 1)
  await eventually(() => hook.received.length === 7, 'the event posted after all')
})

test('no event is dead after an outage of the receiver, and credentials of its URL are nowhere', async (t) => {
  const hook = await webhookServer(t)
  const url = new URL(`${hook.url}/hook?token=s3cret`)
  Object.assign(url, { username: 'relevo', password: 'p4ssword' })
  const { send, ask, pool } = await notificationsHarness(t, {
    CHANNELS: 'webhook',
    WEBHOOK_URL: url.href,
    WEBHOOK_SECRET: secret,
    RETRY_ATTEMPTS: '2',
    SEND_TIMEOUT_MS: '100',
  })
  hook.answers.push(503, 429, 'hang', 500, 502, 503, { status: 429, retryAfter: '1' }, 500, 503)
  const events = Array.from({ length: 30 }, () => testEvent('calculated'))
  await send(...events)
  await eventually(
    async () => /away since/.test((await ask('/channels')).body.channels[0].problem),
    'a receiver that is away',
  )
  assert.doesNotMatch(JSON.stringify((await pool.query('select * from inbox.held')).rows), /p4ssword|s3cret/)
  await eventually(async () => (await ask('/channels')).body.channels[0].processed === 30, 'all delivered')
  assert.deepEqual(hook.answers, [], 'the outage was met')
  assert.equal((await ask('/channels/webhook/dead-letters')).body.count, 0)
  const authorization = `Basic ${Buffer.from('relevo:p4ssword').toString('base64')}`
  assert.ok(
    hook.received.every(
      ({ headers, path }) => headers.authorization === authorization && /s3cret/.test(path),
    ),
  )
})

test('a receiver that cannot be reached leaves its cause with the event, and no credentials', async (t) => {
  const { send, pool } = await notificationsHarness(t, {
    CHANNELS: 'webhook',
    WEBHOOK_URL: 'http://relevo:p4ssword@127.0.0.1:1/hook?token=s3cret',
    WEBHOOK_SECRET: secret,
    RETRY_UNAVAILABLE_MS: '1',
  })
  await send(testEvent('calculated'))
  const letters = async () => (await pool.query('select reason, error from inbox.dead_letter')).rows
  await eventually(async () => (await letters()).length === 1, 'a dead letter')
  const [{ reason, error }] = await letters()
  assert.equal(reason, 'unavailable')
  assert.match(error, /cannot be reached; cause: .*fetch failed|bad port/)
  assert.doesNotMatch(error, /p4ssword|s3cret/)
})

test('several e-mails share connections, and the password goes to no server without TLS unless that is allowed', async (t) => {
  const mail = await mailServer(t)
  const addresses = { SMTP_FROM: 'noreply@relevo.test', SMTP_TO: 'ops@example.test' }
  const first = await notificationsHarness(t, { CHANNELS: 'smtp', SMTP_URL: mail.url, ...addresses })
  await first.send(...Array.from({ length: 20 }, () => testEvent('calculated')))
  await eventually(() => mail.received.length === 20, 'the e-mails')
  assert.ok(mail.seen.connections <= 3, `${mail.seen.connections} connections`)

  const passwords: unknown[] = []
  const clear = await mailServer(t, {
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ password }, _session, callback) => {
      passwords.push(password)
      callback(null, { user: 'relevo' })
    },
  })
  const variables = {
    CHANNELS: 'smtp',
    SMTP_URL: clear.url.replace('//', '//relevo:p4ssword@'),
    ...addresses,
  }
  const second = await notificationsHarness(t, variables)
  await second.send(testEvent('calculated'))
  const held = async () =>
    (await second.pool.query('select error from inbox.held where error is not null')).rows
  await eventually(async () => (await held()).length === 1, 'an e-mail that waits')
  assert.match((await held())[0].error, /does not take mail now; cause: .*TLS/)
  assert.deepEqual(passwords, [])

  const third = await notificationsHarness(t, { ...variables, SMTP_ALLOW_CLEAR_PASSWORD: 'true' })
  await third.send(testEvent('calculated'))
  await eventually(() => clear.received.length === 1, 'an e-mail by a server without TLS')
  assert.deepEqual(passwords, ['p4ssword'])
})

test('a number beyond a double is passed on with all its digits', () => {
  const json = '{"big":12345678901234567890,\n"exact":0.12345678901234567890}'
  const attributes = { id: randomUUID(), source: '/s', type: 't', key: 'k', topic: 't', headers: {} }
  const place = { partition: 0, offset: 0n, recordTime: new Date(0) }
  const line = formatEvent({ ...attributes, ...place, time: new Date(0), data: JSON.parse(json), json })
  assert.match(line, /"data":\{"big":12345678901234567890, "exact":0\.12345678901234567890\}\}$/)
  assert.doesNotMatch(line, /\n/)
  assert.equal(JSON.parse(line).subject, 'k')
})

test('an answer of a receiver that is broken or too busy is not about the event', () => {
  assert.deepEqual(
    [400, 404, 408, 410, 422, 425, 429, 499, 500, 502, 503, 504].filter(isUnavailable),
    [408, 425, 429, 500, 502, 503, 504],
  )
})

test('Retry-After is read in seconds and as a date', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  assert.equal(parseRetryAfter('120', now), 120_000)
  assert.equal(parseRetryAfter('Thu, 01 Jan 2026 00:01:00 GMT', now), 60_000)
  assert.equal(parseRetryAfter('Thu, 01 Jan 2020 00:00:00 GMT', now), 0)
  assert.equal(parseRetryAfter('soon', now), undefined)
  assert.equal(parseRetryAfter(null, now), undefined)
})

test('a channel that hangs does not hold back the others, nor does one that fails', async (t) => {
  const hook = await webhookServer(t)
  const { send, lines, ask } = await notificationsHarness(t, {
    CHANNELS: 'file,smtp,webhook',
    SMTP_URL: 'smtp://127.0.0.1:1',
    SMTP_FROM: 'noreply@relevo.test',
    SMTP_TO: 'ops@example.test',
    WEBHOOK_URL: hook.url,
    WEBHOOK_SECRET: secret,
    SEND_TIMEOUT_MS: '20000',
    RETRY_MAX_DELAY_MS: '60000',
    RETRY_INITIAL_DELAY_MS: '60000',
  })
  hook.answers.push(...Array.from({ length: 100 }, () => 'hang' as const))
  await send(...Array.from({ length: 100 }, () => testEvent('calculated')))
  await eventually(async () => (await lines()).length === 100, 'a hundred lines')
  await eventually(() => hook.received.length > 0, 'a post that hangs')
  const channels = (await ask('/channels')).body.channels
  assert.deepEqual(
    channels.map(({ channel }: { channel: string }) => channel),
    ['file', 'smtp', 'webhook'],
  )
  assert.equal(channels[2].processed, 0)
})

test('what is no event of the catalogue is a dead letter of the channel', async (t) => {
  const { send, lines, ask } = await notificationsHarness(t, {})
  const [strange, broken, fine] = [testEvent('calculated'), testEvent('approved'), testEvent('approved')]
  await send(
    { ...strange, headers: { ...strange.headers, ce_type: 'commission.paid' } },
    { ...broken, value: JSON.stringify({ netAmount: 15.06 }) },
    fine,
  )
  await eventually(
    async () => (await ask('/channels/file/dead-letters')).body.count === 2,
    'two dead letters',
  )
  const { dead_letters } = (await ask('/channels/file/dead-letters')).body
  assert.deepEqual(dead_letters.map(({ reason }: { reason: string }) => reason).sort(), [
    'schemaViolation',
    'unknownType',
  ])
  assert.equal((await ask('/channels/file/dead-letters?limit=1')).body.count, 1)
  await eventually(async () => (await lines()).length === 1, 'a line')
  assert.deepEqual((await lines())[0].id, fine.headers.ce_id)
})

test('refuses wrong requests', async (t) => {
  const { ask } = await notificationsHarness(t, {})
  const cases: [string, string, number][] = [
    ['/channels/sms/dead-letters', 'GET', 404],
    ['/channels/smtp/dead-letters/redrive', 'POST', 404],
    ['/channels/file/dead-letters?limit=0', 'GET', 400],
    ['/channels/file/dead-letters?limit=1001', 'GET', 400],
    ['/channels/file/dead-letters?limit=1&limit=2', 'GET', 400],
    ['/channels/file/dead-letters?x=1', 'GET', 400],
    ['/channels/file/dead-letters/x/redrive', 'POST', 400],
    [`/channels/file/dead-letters/${randomUUID()}/redrive`, 'POST', 404],
    ['/channels', 'POST', 405],
    ['/', 'GET', 404],
  ]
  for (const [path, method, status] of cases) {
    const answer = await ask(path, method)
    assert.equal(answer.status, status, `${method} ${path}`)
    assert.equal(typeof answer.body.detail, 'string', path)
  }
})

test('every channel needs its own variables, which are all asked for at once', () => {
  const env = { DATABASE_URL: 'postgres://localhost/x', KAFKA_BROKERS: 'localhost:9092' }
  assert.deepEqual(loadConfig(config, env).channels, ['file'])
  assert.deepEqual(loadConfig(config, { ...env, CHANNELS: 'email', EMAIL_SANDBOX: 'true' }).channels, [
    'email',
  ])
  assert.throws(
    () =>
      loadConfig(config, {
        ...env,
        CHANNELS: 'smtp,webhook,email,sms',
        WEBHOOK_SECRET: 'short',
        SMTP_URL: 'http://x',
      }),
    (error: Error) => {
      for (const part of [
        /SMTP_URL must be a URL/,
        /SMTP_FROM must be set for channel smtp/,
        /SMTP_TO must be set for channel smtp/,
        /SMTP_FROM must be set for channel email/,
        /WEBHOOK_URL must be set for channel webhook/,
        /WEBHOOK_SECRET must be whsec_/,
        /CHANNELS must be of file, smtp, webhook, email, users, welcome, profiles, not "sms"/,
      ])
        assert.match(error.message, part)
      assert.doesNotMatch(error.message, /short/)
      return true
    },
  )
})
