import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { newKey, sealText } from '@relevo/kit/personal'
import { eventually, testTopic } from '@relevo/testing'
import { notificationLaws } from '../../../systems/shop/notificationLaws.ts'
import { emailHarness, someOrder, testRequest } from '../email/emailHarness.ts'
import { scriptedMailServer } from '../email/mailServerHarness.ts'

function eventOf(
  topic: string,
  type: string,
  payload: { readonly id: string },
  eventId: string = randomUUID(),
) {
  return {
    topic,
    key: payload.id,
    value: JSON.stringify(payload),
    headers: {
      ce_specversion: '1.0',
      ce_id: eventId,
      ce_type: type,
      ce_source: '/relevo/test',
      ce_time: new Date().toISOString(),
    },
  }
}

interface Choice {
  readonly language: 'es' | 'en' | null
  readonly orders?: boolean
  readonly news?: boolean
}

/** The notifications with profiles to go by. */
async function preferring(t: TestContext, channels: string, variables: Record<string, string> = {}) {
  const mail = await scriptedMailServer(t)
  const profiles = await testTopic(t, 1)
  const harness = await emailHarness(t, mail.url, {
    CHANNELS: channels,
    PROFILES_TOPIC: profiles.topic,
    ...variables,
  })
  let last = 0
  /** Has the notifications hear of a version of a profile, and waits until they know what it says. */
  async function choose(id: string, version: number, { language, orders = true, news = true }: Choice) {
    const notifications = language === null ? null : { order_updates: orders, account_news: news }
    const change = language === null ? 'erased' : 'changed'
    const payload = { id, version, change, fields: [], language, notifications }
    await profiles.producer.send([eventOf(profiles.topic, 'PROFILE_UPDATED', payload)])
    last += 1
    await eventually(async () => {
      const { rows } = await harness.pool.query(
        `select count(*)::int as taken from inbox.effect where consumer like '%-profiles'`,
      )
      return rows[0].taken === last
    }, 'the profile is known')
  }
  return { ...harness, mail, choose, producer: profiles.producer }
}

test('order mails are in the language of the profile, and a user who wants no confirmations gets none', async (t) => {
  const { send, ended, row, ask, pool, choose, mail, events } = await preferring(t, 'email,profiles')
  const [ana, bea] = [randomUUID(), randomUUID()]
  await choose(ana, 1, { language: 'en' })
  await choose(bea, 1, { language: 'en', orders: false })
  const english = testRequest('ana@example.test', { customer_id: ana })
  const none = testRequest('bea@example.test', { customer_id: bea })
  const cancelled = testRequest('bea@example.test', {
    customer_id: bea,
    template: 'order_cancelled',
    data: { ...someOrder, reason: 'TIMEOUT' },
  })
  const unknown = testRequest('leo@example.test', { customer_id: 'customer-123' })
  await send(none, english, cancelled, unknown)
  await Promise.all([english, cancelled, unknown].map(({ id }) => ended(id, 'sent')))
  await eventually(async () => (await row(none.id))?.state === 'skipped', 'it is skipped')
  assert.equal(mail.to('ana@example.test')[0]?.subject, 'Your order ORD-000017 is confirmed')
  assert.equal(mail.to('leo@example.test')[0]?.subject, 'Tu pedido ORD-000017 está confirmado')
  // That an order was cancelled is about money: nobody can switch it off.
  assert.deepEqual(
    mail.to('bea@example.test').map(({ subject }) => subject),
    ['Your order ORD-000017 was cancelled'],
  )

  assert.deepEqual(await events(none.id), [], 'nothing is told of what is not sent')
  const { accepted, sent, skipped, oldest_open_seconds } = (await ask('/notifications/stats')).body
  assert.deepEqual([accepted, sent, skipped, oldest_open_seconds], [4, 3, 1, null])
  assert.equal((await ask('/notifications?state=skipped')).body.count, 1)
  assert.equal((await ask(`/notifications/${none.id}/redrive`, 'POST')).status, 409)
  for (const { violations } of notificationLaws) assert.deepEqual((await pool.query(violations)).rows, [])

  await choose(bea, 2, { language: 'es' })
  await choose(ana, 2, { language: null })
  const [again, gone] = [
    testRequest('bea@example.test', { customer_id: bea }),
    testRequest('ana@example.test', { customer_id: ana }),
  ]
  await send(again, gone)
  await Promise.all([again, gone].map(({ id }) => ended(id, 'sent')))
  for (const to of ['bea@example.test', 'ana@example.test'])
    assert.equal(mail.to(to)[1]?.subject, 'Tu pedido ORD-000017 está confirmado', to)
})

test('a version of a profile that comes late changes nothing', async (t) => {
  const { choose, pool } = await preferring(t, 'email,profiles')
  const id = randomUUID()
  await choose(id, 3, { language: null })
  await choose(id, 2, { language: 'en', news: false })
  const { rows } = await pool.query('select * from preference')
  assert.deepEqual(rows, [
    { user_id: id, version: 3, language: null, order_updates: true, account_news: true },
  ])
})

test('a new user is welcomed in the language of the profile; nobody who wants no news, nor who is erased', async (t) => {
  const keys = new Map<string, Buffer>()
  const users = createServer(({ url = '', headers }, response) => {
    const key = headers.authorization === 'Bearer operators' ? keys.get(url.split('/')[2] ?? '') : undefined
    const body = key ? { key: key.toString('base64url') } : { code: 'notFound' }
    response.writeHead(key ? 200 : 404).end(JSON.stringify(body))
  })
  await once(users.listen(0, '127.0.0.1'), 'listening')
  t.after(() => {
    users.closeAllConnections()
    users.close()
  })
  const created = await testTopic(t, 1)
  const { choose, mail, ask, pool } = await preferring(t, 'welcome,profiles', {
    USERS_CREATED_TOPIC: created.topic,
    USERS_URL: `http://127.0.0.1:${(users.address() as AddressInfo).port}`,
    OPERATOR_TOKEN: 'operators',
  })
  const eventIds: string[] = []
  const register = async (name: string, id: string = randomUUID(), { isErased = false } = {}) => {
    const key = newKey()
    if (!isErased) keys.set(id, key)
    const eventId = randomUUID()
    const seal = (field: string, text: string) => sealText(key, { user: id, event: eventId, field }, text)
    const payload = {
      id,
      name: seal('name', name),
      email: seal('email', `${name.toLowerCase()}@example.test`),
    }
    await created.producer.send([eventOf(created.topic, 'USER_CREATED', payload, eventId)])
    eventIds.push(eventId)
  }
  const [english, silent] = [randomUUID(), randomUUID()]
  await choose(english, 1, { language: 'en' })
  await choose(silent, 1, { language: 'es', news: false })
  await register('Bob', english)
  await register('Bea', silent)
  await register('Eva', randomUUID(), { isErased: true })
  await register('Ana')
  await eventually(() => mail.to('ana@example.test').length > 0, 'the last one is welcomed', 60_000)
  assert.deepEqual(
    mail.received.map(({ to, subject }) => `${to}: ${subject}`),
    ['bob@example.test: Welcome', 'ana@example.test: Te damos la bienvenida'],
  )
  const [, last] = mail.received
  assert.equal(last?.messageId, `<${eventIds[3]}@relevo.test>`)
  assert.match(last?.text ?? '', /^Hola, Ana:\n\n/)
  assert.match(last?.html ?? '', /<html lang="es">.*Hola, Ana:/s)
  const channel = async () =>
    (await ask('/channels')).body.channels.find((each: { channel: string }) => each.channel === 'welcome')
  await eventually(async () => (await channel()).processed === 4, 'all four are done with')
  const { rows } = await pool.query(
    'select t::text as row from inbox.effect t union all select t::text from inbox.held t',
  )
  for (const { row } of rows) assert.ok(!/Ana|example\.test/.test(row), row)
})
