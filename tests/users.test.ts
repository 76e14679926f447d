// A user's way through users, relay, Kafka and notifications, up to the erasure.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { createAdmin, createProducer, type KafkaConfig, readTopic } from '@relevo/kafka'
import { openText } from '@relevo/kit/personal'
import { afterTest, eventually, startInProcess, testDatabase, testServers } from '@relevo/testing'
import type pg from 'pg'
import { database as notificationsDatabase } from '../services/notifications/database.ts'
import { service as notifications } from '../services/notifications/main.ts'
import { mailServer } from '../services/notifications/testReceivers.ts'
import { startRelay } from '../services/relay/relayHarness.ts'
import { usersHarness } from '../services/users/usersHarness.ts'
import { userCreatedTopic, userDeletedTopic, userMails, usersTopics } from '../systems/users/topics.ts'

const name = 'Hildegard Zyxwvut'
const email = 'hildegard.zyxwvut@example.com'
const personal = /hildegard|zyxwvut/i

async function everyRecord(kafka: KafkaConfig, topics: readonly string[]): Promise<string> {
  const records: string[] = []
  for (const topic of topics)
    for await (const { key, value, headers } of readTopic(kafka, topic))
      records.push([topic, key, value, JSON.stringify(headers)].map(String).join(' '))
  return records.join('\n')
}

async function everyRow(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ name: string }>(`
    select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema')`)
  const tables = rows.map(async (table) => (await pool.query(`select t::text from ${table.name} t`)).rows)
  return JSON.stringify(await Promise.all(tables))
}

async function world(t: TestContext) {
  const { brokers } = await testServers()
  const kafka: KafkaConfig = { brokers, clientId: 'test' }
  const [admin, producer] = [createAdmin(kafka), createProducer(kafka)]
  afterTest(t, () => Promise.all([admin.close(), producer.close()]))
  const names = usersTopics.flatMap((topic) => [topic.name, topic.deadLetters.name])
  await admin.ensureTopics(names.map((topic) => ({ topic, partitions: 3 })))
  const smtp = await mailServer(t)
  const users = await usersHarness(t)
  const mails = await testDatabase(t, notificationsDatabase.migrations)
  const common = { KAFKA_BROKERS: brokers.join(','), OPERATOR_TOKEN: 'operators' }
  const mailing = await startInProcess(t, notifications, {
    ...common,
    DATABASE_URL: mails.url,
    CHANNELS: 'users',
    KAFKA_GROUP_PREFIX: `group-${randomUUID()}`,
    SMTP_URL: smtp.url,
    SMTP_FROM: 'shop@example.com',
    USERS_URL: users.url,
    EMAIL_LANGUAGE: 'en',
    RETRY_INITIAL_DELAY_MS: '10',
    RETRY_MAX_DELAY_MS: '20',
    RETRY_ATTEMPTS: '2',
  })
  await startRelay(t, { DATABASE_URL: users.dbUrl, EVENT_SOURCE: '/relevo/users' })
  const mailTo = (to: string, about: RegExp) =>
    eventually(
      async () => smtp.received.find(({ recipients, text }) => recipients[0] === to && about.test(text)),
      `a mail to ${to}`,
      60_000,
    )
  return { kafka, names, users, mails, smtp, mailing, producer, mailTo }
}

test('a user registers by the mail, and nothing that is left of an erased one can be read, in Kafka neither', async (t) => {
  const { kafka, names, users, mails, smtp, mailing, producer, mailTo } = await world(t)
  const { post, login, ask, withToken, password } = users
  // The mail server refuses the first mail for good, and shows the address as it does: that one is a dead letter.
  smtp.answers.push(550)
  await post('/users', { name, email: `refused.${email}`, password })
  await mailing.until('/channels', ({ channels }) => channels[0].dead_letters === 1, 60_000)

  const { body } = await post('/users', { name, email, password })
  const { text } = await mailTo(email, /Welcome/)
  const [token] = /[0-9a-f-]{36}\.[\w-]{43}/.exec(text.replaceAll('=\r\n', '')) ?? []
  assert.ok(token, text)
  assert.match(text, /Hildegard Zyxwvut/)
  assert.equal((await post('/auth/verify-email', { token })).status, 204)
  const { access_token: access } = (await login(email)).body

  const created = await eventually(async () => {
    for await (const record of readTopic(kafka, userCreatedTopic.name))
      if (String(record.key) === body.id) return record
    return undefined
  }, 'USER_CREATED in Kafka')
  const value = JSON.parse(String(created.value))
  assert.deepEqual(Object.keys(value).sort(), ['email', 'id', 'name'])
  const { key } = (await ask(`/users/${body.id}/key`, withToken('operators'))).body
  const place = { user: body.id, event: String(created.headers.ce_id), field: 'email' }
  assert.equal(openText(Buffer.from(key, 'base64url'), place, value.email), email)

  await post('/auth/forgot-password', { email })
  await mailTo(email, /Change your password/)
  assert.equal((await ask(`/users/${body.id}`, withToken(access, 'DELETE'))).status, 204)
  await eventually(
    async () => (await everyRecord(kafka, [userDeletedTopic.name])).includes(body.id),
    'USER_DELETED',
  )

  // A mail that is asked for again, or late, is not sent any more.
  const before = smtp.received.length
  for await (const record of readTopic(kafka, userMails.name)) {
    const again = { ...record.headers, ce_id: randomUUID() }
    const { key: userId, value: request } = record
    if (String(userId) === body.id)
      await producer.send([{ topic: userMails.name, key: userId, value: request, headers: again } as never])
  }
  await mailing.until('/channels', ({ channels }) => channels[0].lag === 0 && channels[0].held === 0, 60_000)
  assert.equal(smtp.received.length, before)

  const left = [await everyRecord(kafka, names), await everyRow(users.pool), await everyRow(mails.pool)]
  assert.ok(
    left.every((each) => each.includes(body.id) || each.includes('USER_MAIL_REQUESTED')),
    'traces of the user',
  )
  for (const each of left) {
    assert.doesNotMatch(each, personal)
    assert.ok(!each.includes(token), 'nor a code')
  }
})
