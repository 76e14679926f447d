import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, startInProcess } from '@relevo/testing'
import fc from 'fast-check'
import { checkLaws } from '../../../proof/checkLaws.ts'
import { notificationLaws } from '../../../systems/shop/notificationLaws.ts'
import { service } from '../main.ts'
import { emailHarness, emailWorld, testRequest } from './emailHarness.ts'
import { type Deed, scriptedMailServer } from './mailServerHarness.ts'

const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Deed>('accept') },
  fc.constantFrom<Deed>({ rcpt: 450 }, { rcpt: 550 }, { data: 451 }, { data: 554 }, { rcpt: 421 }),
  fc.constantFrom<Deed>('closeAtRcpt', 'lostByClosing'),
)

/** A lease that ends early: as if its owner were paused, or gone. */
const interruption = fc.record({ afterMs: fc.nat(60), redrive: fc.boolean() })

test('whatever the mail server does, each notification is sent or dead, and copies are counted', async (t) => {
  const mail = await scriptedMailServer(t)
  const { env, pool, send } = await emailWorld(t, mail.url, { EMAIL_FAILURE_RATE: '0.05' })
  await Promise.all([startInProcess(t, service, env), startInProcess(t, service, env)])
  let runs = 0
  const faults = fc.record({
    scripts: fc.array(fc.array(deed, { maxLength: 5 }), { minLength: 1, maxLength: 12 }),
    interruptions: fc.array(interruption, { maxLength: 4 }),
  })
  await fc.assert(
    fc.asyncProperty(faults, async ({ scripts, interruptions }) => {
      runs += 1
      const requests = scripts.map((deeds, n) => {
        const to = `${runs}-${n}@example.test`
        mail.script(to, ...deeds)
        return testRequest(to)
      })
      const ids = requests.map(({ id }) => id)
      await send(...requests, ...requests.slice(0, 3))
      for (const { afterMs, redrive } of interruptions) {
        await new Promise((resolve) => setTimeout(resolve, afterMs))
        await pool.query("update notification set due_at = clock_timestamp() where state = 'sending'")
        if (redrive) await pool.query(redriveSql, [ids])
      }
      await eventually(
        async () => (await pool.query(endedSql, [ids])).rows[0].n === ids.length,
        'quiet',
        60_000,
      )
      assert.deepEqual(await checkLaws(notificationLaws, { shop_notifications: pool }), [])
      for (const { recipient, state, doubtful } of (await pool.query(rowsSql, [ids])).rows) {
        const copies = mail.to(recipient).length
        const certain = state === 'sent' ? 1 : 0
        assert.ok(
          copies >= certain && copies <= certain + doubtful,
          `${recipient}: ${copies}, ${state}, ${doubtful}`,
        )
      }
    }),
    { numRuns: 12 },
  )
  assert.ok(mail.received.length > 0)
})

const endedSql =
  "select count(*)::int as n from notification where id = any($1) and state in ('sent', 'dead')"
const rowsSql = 'select recipient, state, doubtful from notification where id = any($1)'
const redriveSql = `
update notification set state = 'queued', attempts = 0, redrives = redrives + 1, due_at = clock_timestamp(), ended_at = null
where state = 'dead' and id = any($1)`

test('the laws of the notifications find what breaks them', async (t) => {
  const mail = await scriptedMailServer(t)
  const { pool, send, ended } = await emailHarness(t, mail.url)
  mail.script('gone@example.test', { rcpt: 550 })
  const [sent, dead] = [testRequest('ana@example.test'), testRequest('gone@example.test')]
  await send(sent, dead)
  await Promise.all([ended(sent.id, 'sent'), ended(dead.id, 'dead')])
  const broken = async (sql: string) => {
    const client = await pool.connect()
    try {
      await client.query('begin')
      await client.query(sql)
      return (await checkLaws(notificationLaws, { shop_notifications: client })).map(({ law }) => law)
    } finally {
      await client.query('rollback')
      client.release()
    }
  }
  const [settled, told] = notificationLaws.map(({ name }) => name)
  const of = (type: string) => `delete from outbox.event where type = '${type}'`
  assert.deepEqual(await broken('select 1'), [])
  const queued = "update notification set state = 'queued' where state = 'dead'"
  assert.deepEqual(await broken(queued), [settled, told])
  for (const type of ['NOTIFICATION_SENT', 'NOTIFICATION_DEAD', 'NOTIFICATION_REQUESTED'])
    assert.deepEqual(await broken(of(type)), [told], type)
  const twice = `
insert into outbox.event (xid, id, shard, event_id, topic, key, type, payload)
select xid, id + 1000, shard, event_id, topic, key, type, payload from outbox.event where type = 'NOTIFICATION_SENT'`
  assert.deepEqual(await broken(twice), [told])
  assert.deepEqual(await broken('update notification set redrives = 1'), [told])
})
