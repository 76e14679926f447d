// A user's way through users, gateway, relay, Kafka, profiles and notifications, up to the erasure.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { createAdmin, createProducer, type KafkaConfig, readTopic } from '@relevo/kafka'
import { openText } from '@relevo/kit/personal'
import {
  afterTest,
  eventually,
  everyRow,
  recordingLogger,
  startInProcess,
  testDatabase,
  testServers,
} from '@relevo/testing'
import { service as gatewayService } from '../services/gateway/main.ts'
import { database as notificationsDatabase } from '../services/notifications/database.ts'
import { service as notifications } from '../services/notifications/main.ts'
import { mailServer } from '../services/notifications/testReceivers.ts'
import { database as profilesDatabase } from '../services/profiles/database.ts'
import { service as profilesService } from '../services/profiles/main.ts'
import { startRelay } from '../services/relay/relayHarness.ts'
import { usersHarness } from '../services/users/usersHarness.ts'
import { topicsWithDeadLetters } from '../systems/parts.ts'
import { userCreatedTopic, userDeletedTopic, userMails } from '../systems/users/topics.ts'
import { usersSystem } from '../systems/users.ts'

const name = 'Hildegard Zyxwvut'
const email = 'hildegard.zyxwvut@example.com'
const phone = '+34600987123'
const address = { street: 'Calle Qwertzu 7', city: 'Oviedo', postal_code: '33001', country: 'ES' }
const personal = /hildegard|zyxwvut|600987123|qwertzu/i

async function everyRecord(kafka: KafkaConfig, topics: readonly string[]): Promise<string> {
  const records: string[] = []
  for (const topic of topics)
    for await (const { key, value, headers } of readTopic(kafka, topic))
      records.push([topic, key, value, JSON.stringify(headers)].map(String).join(' '))
  return records.join('\n')
}

/** Everything of the system `users` with the gateway before it. */
async function world(t: TestContext) {
  const { brokers } = await testServers()
  const kafka: KafkaConfig = { brokers, clientId: 'test' }
  const [admin, producer] = [createAdmin(kafka), createProducer(kafka)]
  afterTest(t, () => Promise.all([admin.close(), producer.close()]))
  const topics = topicsWithDeadLetters(usersSystem).map((topic) => topic.name)
  await admin.ensureTopics(topics.map((topic) => ({ topic, partitions: 3 })))
  // It refuses some for good, and shows the address as it does: those mails are dead letters.
  const smtp = await mailServer(t, {
    onRcptTo: ({ address }, _session, callback) =>
      address.startsWith('refused.')
        ? callback(Object.assign(new Error(`There is no ${address}`), { responseCode: 550 }))
        : callback(),
  })
  const logs = new Map<string, () => string>()
  const loggerOf = (service: string) => {
    const { logger, text } = recordingLogger(service)
    logs.set(service, text)
    return logger
  }
  const users = await usersHarness(t, { KAFKA_BROKERS: brokers.join(',') }, loggerOf('users'))
  const [mails, profilesData] = [
    await testDatabase(t, notificationsDatabase.migrations),
    await testDatabase(t, profilesDatabase.migrations),
  ]
  const common = {
    KAFKA_BROKERS: brokers.join(','),
    OPERATOR_TOKEN: 'operators',
    USERS_URL: users.url,
    AUTH_JWKS_URL: `${users.url}/.well-known/jwks.json`,
    RETRY_INITIAL_DELAY_MS: '10',
    RETRY_MAX_DELAY_MS: '20',
    RETRY_ATTEMPTS: '2',
  }
  const mailing = await startInProcess(
    t,
    notifications,
    {
      ...common,
      DATABASE_URL: mails.url,
      CHANNELS: 'users,welcome,profiles',
      KAFKA_GROUP_PREFIX: `group-${randomUUID()}`,
      SMTP_URL: smtp.url,
      SMTP_FROM: 'shop@example.com',
      EMAIL_LANGUAGE: 'en',
    },
    loggerOf('users-notifications'),
  )
  const profiles = await startInProcess(
    t,
    profilesService,
    {
      ...common,
      DATABASE_URL: profilesData.url,
      AUTH: 'on',
      KAFKA_GROUP_ID: `group-${randomUUID()}`,
      PROFILE_LANGUAGE: 'en',
    },
    loggerOf('profiles'),
  )
  const services = { GATEWAY_SERVICES: `users=${users.url},profiles=${profiles.url}` }
  const gateway = await startInProcess(
    t,
    gatewayService,
    { ...common, ...services, AUTH: 'on' },
    loggerOf('gateway'),
  )
  const { relay } = await startRelay(t, {
    LOG_LEVEL: 'debug',
    OUTBOXES: 'users,profiles',
    USERS_DATABASE_URL: users.dbUrl,
    PROFILES_DATABASE_URL: profilesData.url,
  })
  logs.set('relay-users', relay.text)
  const databases = { users: users.pool, users_notifications: mails.pool, profiles: profilesData.pool }
  const mailTo = (to: string, about: RegExp) =>
    eventually(
      async () => smtp.received.find(({ recipients, text }) => recipients[0] === to && about.test(text)),
      `a mail to ${to}`,
      60_000,
    )
  return { kafka, topics, users, databases, logs, smtp, mailing, profiles, gateway, producer, mailTo }
}

type World = Awaited<ReturnType<typeof world>>

/** All that is left by name of where it is: each table of each database, each topic, and each process' log; mails excepted. */
async function everything({ databases, kafka, topics, logs }: World): Promise<ReadonlyMap<string, string>> {
  const left = new Map<string, string>()
  for (const [database, pool] of Object.entries(databases))
    left.set(`database ${database}`, await everyRow(pool))
  for (const topic of topics) left.set(`topic ${topic}`, await everyRecord(kafka, [topic]))
  for (const [service, text] of logs) left.set(`log of ${service}`, text())
  return left
}

/** What the test looks into is all that the system has, and what it finds it would find. */
async function assertComplete(parts: World): Promise<void> {
  const { databases, logs, users } = parts
  assert.deepEqual(
    Object.keys(databases).sort(),
    usersSystem.databases.map((database) => database.name).sort(),
  )
  const processes = [...usersSystem.services, ...usersSystem.relays].map((each) => each.name)
  assert.deepEqual([...logs.keys()].sort(), [...processes, 'gateway'].sort())
  await users.pool.query('create table leak as select $1::text as text, $2::bytea as bytes', ['-', email])
  assert.match(await everyRow(users.pool), personal)
  await users.pool.query('drop table leak')
}

/** What is sealed in Kafka can be opened as long as there is the key. */
async function assertReadable({ kafka, users, profiles }: World, id: string, access: string): Promise<void> {
  const created = await eventually(async () => {
    for await (const record of readTopic(kafka, userCreatedTopic.name))
      if (String(record.key) === id) return record
    return undefined
  }, 'USER_CREATED in Kafka')
  const value = JSON.parse(String(created.value))
  assert.deepEqual(Object.keys(value).sort(), ['email', 'id', 'name'])
  const { key } = (await users.ask(`/users/${id}/key`, users.withToken('operators'))).body
  const place = { user: id, event: String(created.headers.ce_id), field: 'email' }
  assert.equal(openText(Buffer.from(key, 'base64url'), place, value.email), email)
  const profile = (await profiles.ask(`/profiles/${id}`, users.withToken(access))).body
  assert.deepEqual([profile.name, profile.email, profile.phone], [name, email, phone])
  assert.equal(profile.address.street, address.street)
}

test('a user registers by the mail, and nothing that is left of an erased one can be read in any table, topic, dead letter or log', async (t) => {
  const parts = await world(t)
  const { users, smtp, mailing, profiles, gateway, producer, kafka, mailTo } = parts
  const { withToken, password } = users
  await assertComplete(parts)
  await gateway.post('/api/users/users', { name, email: `refused.${email}`, password })
  await mailing.until('/channels', areDead, 60_000)

  const { body } = await gateway.post('/api/users/users', { name, email, password })
  const { text } = await mailTo(email, /confirm your address/)
  const [token] = /[0-9a-f-]{36}\.[\w-]{43}/.exec(text.replaceAll('=\r\n', '')) ?? []
  assert.ok(token, text)
  assert.match(text, /Hildegard Zyxwvut/)
  assert.equal((await gateway.post('/api/users/auth/verify-email', { token })).status, 204)
  const login = await gateway.post('/api/users/auth/login', { email, password })
  const { access_token: access } = login.body

  const found = await eventually(async () => {
    const answer = await profiles.ask(`/profiles/${body.id}`, withToken(access))
    return answer.status === 200 && answer
  }, 'the profile')
  const etag = { 'if-match': String(found.headers.get('etag')), authorization: `Bearer ${access}` }
  const patch = await gateway.ask(`/api/profiles/profiles/${body.id}`, {
    method: 'PATCH',
    headers: { ...etag, 'content-type': 'application/merge-patch+json' },
    body: JSON.stringify({ phone, address }),
  })
  assert.equal(patch.status, 200, patch.text)
  const search = `/api/users/users?search=${encodeURIComponent('Hildegard')}`
  assert.equal((await gateway.ask(search, withToken(await users.admin()))).body.count, 2)
  await assertReadable(parts, body.id, access)

  await gateway.post('/api/users/auth/forgot-password', { email })
  await mailTo(email, /Change your password/)
  assert.equal((await gateway.ask(`/api/users/users/${body.id}`, withToken(access, 'DELETE'))).status, 204)
  await eventually(
    async () => (await everyRecord(kafka, [userDeletedTopic.name])).includes(body.id),
    'USER_DELETED',
  )
  const asOperator = withToken('operators')
  await eventually(
    async () => (await profiles.ask(`/profiles/${body.id}`, asOperator)).status === 404,
    'the profile is gone',
  )

  // A mail that is asked for again, or late, is not sent any more.
  const before = smtp.received.length
  for await (const record of readTopic(kafka, userMails.name)) {
    const again = { ...record.headers, ce_id: randomUUID() }
    const { key: userId, value: request } = record
    if (String(userId) === body.id)
      await producer.send([{ topic: userMails.name, key: userId, value: request, headers: again } as never])
  }
  await mailing.until('/channels', ({ channels }) => channels.every(isDone), 60_000)
  const changed = await parts.databases.profiles.query(`select from outbox.event where key = $1`, [body.id])
  const told = async () => (await everyRecord(kafka, ['PROFILE_UPDATED'])).split(body.id).length - 1
  await eventually(async () => (await told()) >= (changed.rowCount ?? 0), 'all that the profiles tell')
  assert.equal(smtp.received.length, before)

  const left = await everything(parts)
  for (const place of [
    'database users',
    'database users_notifications',
    'database profiles',
    'topic USER_CREATED',
  ])
    assert.ok(left.get(place)?.includes(body.id), `${place} has traces of the user`)
  assert.match(left.get('topic users.mails.dlt') ?? '', /USER_MAIL_REQUESTED/, 'a dead letter')
  for (const [place, content] of left) {
    assert.doesNotMatch(content, personal, place)
    assert.ok(!content.includes(token), `nor a code: ${place}`)
    if (place.startsWith('log of ')) assert.ok(content.length > 0, `${place} is captured`)
  }
})

/** One in each channel: the mail with the code, and the welcome. */
function areDead({ channels }: { readonly channels: readonly { readonly dead_letters: number }[] }): boolean {
  return channels.slice(0, 2).every(({ dead_letters }) => dead_letters === 1)
}

function isDone({ lag, held }: { readonly lag: number | null; readonly held: number }): boolean {
  return lag === 0 && held === 0
}
