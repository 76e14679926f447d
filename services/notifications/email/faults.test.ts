import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { afterTest, eventually, startInProcess, startProcess, type TestProcess } from '@relevo/testing'
import { service } from '../main.ts'
import { emailHarness, emailWorld, someOrder, testRequest } from './emailHarness.ts'
import { scriptedMailServer } from './mailServerHarness.ts'

const typesOf = (events: { type: string }[]) => events.map(({ type }) => type)
/** The notifications as a process of their own; killed after the test. */
function serviceProcess(t: TestContext, env: Record<string, string>): TestProcess {
  const started = startProcess(join(import.meta.dirname, '../main.ts'), {
    ...env,
    PORT: '0',
    HOST: '127.0.0.1',
  })
  afterTest(t, started.kill)
  return started
}

test('a process killed in mid-send leaves an unknown outcome: it is sent again under its own id, and that is counted', async (t) => {
  const mail = await scriptedMailServer(t)
  const { env, pool, send, row, ended, events } = await emailWorld(t, mail.url)
  mail.script('ana@example.test', 'lostByHanging')
  const killed = serviceProcess(t, env)
  const request = testRequest('ana@example.test')
  await send(request)
  await eventually(() => mail.received.length === 1, 'a mail that is taken', 90_000).catch((error) => {
    throw new Error(`${error.message}; the process said ${killed.messages().join(' / ')}`)
  })
  assert.equal((await row(request.id)).state, 'sending', 'the mark comes before SMTP')
  await killed.kill()
  assert.ok(killed.messages().includes(`📬 Processing notification ${request.id}`))

  const { ask } = await startInProcess(t, service, env)
  await pool.query("update notification set due_at = clock_timestamp() where state = 'sending'") // its lease is over
  await ended(request.id, 'sent')
  assert.deepEqual(
    mail.received.map(({ messageId }) => messageId),
    Array(2).fill(`<${request.eventId}@relevo.test>`),
  )
  const [failed, sent, ...more] = await events(request.id)
  assert.deepEqual(more, [])
  assert.deepEqual(typesOf([failed, sent]), ['NOTIFICATION_FAILED', 'NOTIFICATION_SENT'])
  assert.deepEqual([failed.payload.reason, failed.payload.attempt], ['ANSWER_LOST', 1])
  assert.deepEqual([sent.payload.doubtful_attempts, sent.payload.attempt], [1, 2])
  const { sent_doubtful, answers_lost } = (await ask('/notifications/stats')).body
  assert.deepEqual([sent_doubtful, answers_lost], [1, 1])
})

test('an answer that is lost is told from a mail that was not taken', async (t) => {
  const mail = await scriptedMailServer(t)
  const { send, ended, row } = await emailHarness(t, mail.url)
  mail.script('lost@example.test', 'lostByClosing')
  mail.script('never@example.test', 'lostByClosing', 'lostByClosing', 'lostByClosing')
  mail.script('closed@example.test', 'closeAtRcpt')
  const [lost, never, closed] = ['lost', 'never', 'closed'].map((name) => testRequest(`${name}@example.test`))
  assert.ok(lost && never && closed)
  await send(lost, never, closed)
  await Promise.all([ended(lost.id, 'sent'), ended(never.id, 'dead'), ended(closed.id, 'sent')])
  const copies = (name: string) => mail.to(`${name}@example.test`).length
  assert.deepEqual([copies('lost'), copies('never'), copies('closed')], [2, 3, 1])
  assert.deepEqual([(await row(lost.id)).doubtful, (await row(closed.id)).doubtful], [1, 0])
  const { reason, doubtful, attempts } = await row(never.id)
  assert.deepEqual([reason, doubtful, attempts], ['ANSWER_LOST', 3, 3])
})

test('a server that hangs is given up in time, whether it has the mail or not', async (t) => {
  const mail = await scriptedMailServer(t)
  const { send, ended, row } = await emailHarness(t, mail.url, { SEND_TIMEOUT_MS: '2000' })
  mail.script('before@example.test', 'hangAtRcpt')
  mail.script('after@example.test', 'lostByHanging')
  const [before, after] = [testRequest('before@example.test'), testRequest('after@example.test')]
  await send(before, after)
  await Promise.all([ended(before.id, 'sent'), ended(after.id, 'sent')])
  assert.ok(mail.seen.rcpts >= 4, 'both were met')
  // On a busy machine more may be lost than the script says: each copy beyond the first is a counted one.
  for (const { id } of [before, after]) {
    const { recipient, doubtful } = await row(id)
    const copies = mail.to(recipient).length
    assert.ok(copies >= 1 && copies <= 1 + doubtful, `${recipient}: ${copies} copies, ${doubtful} doubtful`)
  }
  assert.ok((await row(after.id)).doubtful >= 1)
})

test('a mail server that is away costs no attempts, and is told of', async (t) => {
  const mail = await scriptedMailServer(t)
  await mail.close()
  const { send, ended, row, events, ask } = await emailHarness(t, mail.url, { EMAIL_ATTEMPTS: '1' })
  const requests = Array.from({ length: 10 }, (_, n) => testRequest(`a${n}@example.test`))
  await send(...requests)
  await eventually(
    async () => /the receiver has been away since/.test((await ask('/channels')).body.channels[0].problem),
    'a mail server that is away',
  )
  await eventually(async () => (await ask('/ready')).status === 200, 'readiness: operators need it now')
  await eventually(
    async () => (await row(requests[0]?.id ?? '')) !== undefined && (await waiting(requests, row)),
    'all of them tried or waiting',
  )
  const back = await scriptedMailServer(t, mail.port)
  for (const { id } of requests) await ended(id, 'sent')
  assert.equal(back.received.length, 10)
  for (const { id } of requests) assert.deepEqual(typesOf(await events(id)), ['NOTIFICATION_SENT'])
  await eventually(async () => (await ask('/channels')).body.channels[0].problem === null, 'no problem')
})

async function waiting(
  requests: { id: string }[],
  row: (id: string) => Promise<{ state: string } | undefined>,
) {
  const rows = await Promise.all(requests.map(({ id }) => row(id)))
  return rows.every((each) => each && ['queued', 'sending'].includes(each.state))
}

test('a mail at which the server fails while it takes others is given up', async (t) => {
  const mail = await scriptedMailServer(t)
  const { send, ended, row } = await emailHarness(t, mail.url)
  mail.script('poison@example.test', ...Array(1_000).fill('closeAtRcpt'))
  const poison = testRequest('poison@example.test')
  await send(poison)
  for (let n = 0; (await row(poison.id))?.state !== 'dead'; n += 1) {
    assert.ok(n < 100, 'it is never given up')
    const other = testRequest(`other${n}@example.test`)
    await send(other)
    await ended(other.id, 'sent')
  }
  const { reason, attempts } = await row(poison.id)
  assert.deepEqual([reason, attempts], ['UNAVAILABLE', 3])
})

test('a worker whose lease is over cannot undo what another has written', async (t) => {
  const mail = await scriptedMailServer(t)
  const { env, pool, send, row, ended, events } = await emailWorld(t, mail.url)
  mail.script('ana@example.test', 'lostByHanging')
  const { stop } = await startInProcess(t, service, { ...env, SEND_TIMEOUT_MS: '5000' })
  const request = testRequest('ana@example.test')
  await send(request)
  await eventually(() => mail.received.length === 1, 'a mail that is taken', 60_000)
  const { fence } = await row(request.id)
  // As if it had been paused: another claims the mail, and sends it.
  await pool.query("update notification set due_at = clock_timestamp() where state = 'sending'")
  await ended(request.id, 'sent')
  assert.ok(Number((await row(request.id)).fence) > Number(fence))
  const settled = (await events(request.id)).length
  await eventually(() => mail.seen.closed > 0, 'the first attempt over', 60_000)
  await stop() // what it came to is settled then
  assert.equal((await row(request.id)).state, 'sent')
  assert.equal((await events(request.id)).length, settled)
})

test('an outcome that the outbox does not take holds up no other mail, and is written later', async (t) => {
  const mail = await scriptedMailServer(t)
  const { pool, send, ended, row, events } = await emailHarness(t, mail.url, { EMAIL_ATTEMPTS: '1' })
  mail.script('gone@example.test', { rcpt: 550 })
  const large = testRequest('gone@example.test', { data: { ...someOrder, more: 'x'.repeat(2_000) } })
  const overdue = "update notification set due_at = clock_timestamp() where state = 'sending'"
  const waits = "select from notification where state = 'sending' and due_at > clock_timestamp()"
  await pool.query('select outbox.set_max_event_bytes(1000)')
  await send(large)
  await eventually(() => mail.seen.rcpts === 1, 'a mail that is refused', 60_000)
  await eventually(async () => (await pool.query(overdue)).rowCount === 1, 'a lease that is over')
  await eventually(async () => (await pool.query(waits)).rowCount === 1, 'it is set aside')
  const other = testRequest('ana@example.test')
  await send(other)
  await ended(other.id, 'sent')
  assert.equal((await row(large.id)).state, 'sending')

  await pool.query('select outbox.set_max_event_bytes(1000000)')
  await pool.query(overdue)
  await ended(large.id, 'dead')
  assert.deepEqual(typesOf(await events(large.id)), [
    'NOTIFICATION_FAILED',
    'NOTIFICATION_DEAD',
    'NOTIFICATION_REQUESTED',
  ])
})
