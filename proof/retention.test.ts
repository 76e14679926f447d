import assert from 'node:assert/strict'
import { test } from 'node:test'
import { enqueue } from '@relevo/outbox'
import { testDatabase } from '@relevo/testing'
import type pg from 'pg'
import { database as analyticsDatabase } from '../services/analytics/database.ts'
import { database as notificationsDatabase } from '../services/notifications/database.ts'
import { database as ordersDatabase } from '../services/orders/database.ts'
import { shopSystem } from '../systems/shop.ts'
import type { System } from '../systems/system.ts'
import { hearDatabase, judge } from './judgeDatabases.ts'

const names = [
  'the notifications are those that the orders asked for',
  'the windows count the events of orders.events, each once',
]

const system: System = {
  ...shopSystem,
  laws: [],
  agreements: (shopSystem.agreements ?? []).filter(({ name }) => names.includes(name)),
}

const makeOld = `
update outbox.event set created_at = created_at - interval '1 day' where payload ->> 'old' = 'true'`

const list = 'select event_id, type, payload, created_at::text as at from outbox.event order by id'

const notify = `
insert into notification (id, event_id, headers, payload, channel, template, recipient, order_id)
values ($1, $2, json_build_object('ce_time', $3::text), '{}', 'email', 'order_confirmed', 'a@b.c', gen_random_uuid())`

const contribute = `
insert into contribution (event_id, source, topic, partition, kafka_offset, stream, type, at, clamped)
values ($1, '/relevo', 'orders.events', 0, 0, 'orders', $2, $3, false)`

const drop = `
select outbox.detach_partition(name) as detached, outbox.drop_detached(name) as dropped
from (select 'event_' || to_char(now() at time zone 'UTC' - interval '1 day', 'YYYYMMDD') as name) p`

test('what retention has dropped from an outbox breaks no agreement, and what it has kept is still compared', async (t) => {
  const [orders, analytics, notifications] = await Promise.all(
    [ordersDatabase, analyticsDatabase, notificationsDatabase].map(async ({ migrations }) => {
      return (await testDatabase(t, migrations)).pool
    }),
  )
  assert.ok(orders && analytics && notifications)
  const pools: Record<string, pg.Pool> = { orders, analytics, shop_notifications: notifications }
  await fill(orders, { analytics, notifications })
  const differing = async () => {
    const heard = Object.entries(pools).map(async ([name, pool]) => {
      return [name, await hearDatabase(system, name, pool)] as const
    })
    return judge(system, Object.fromEntries(await Promise.all(heard))).map(({ law }) => law)
  }
  assert.equal(system.agreements?.length, 2)
  assert.deepEqual(await differing(), [])
  assert.deepEqual((await orders.query(drop)).rows[0]?.detached, true)
  assert.equal((await orders.query(list)).rows.length, 2, 'half of the events are dropped')
  assert.deepEqual(await differing(), [])
  await analytics.query('delete from contribution where at >= now() - interval $$6 hours$$')
  await notifications.query("delete from notification where created_at >= now() - interval '6 hours'")
  assert.deepEqual((await differing()).toSorted(), names.toSorted())
})

/** A request for a notification and an event of an order of today and of yesterday, with what became of them. */
async function fill(
  orders: pg.Pool,
  { analytics, notifications }: { analytics: pg.Pool; notifications: pg.Pool },
): Promise<void> {
  const events = [true, false].flatMap((old) => [
    {
      topic: 'notifications.requests',
      type: 'NOTIFICATION_REQUESTED',
      payload: { old, notification_id: crypto.randomUUID(), template: 'order_confirmed' },
    },
    { topic: 'orders.events', type: 'ORDER_CREATED', payload: { old } },
  ])
  await enqueue(orders, events)
  await orders.query(makeOld)
  for (const { event_id, type, payload, at } of (await orders.query(list)).rows)
    if (type === 'ORDER_CREATED') await analytics.query(contribute, [event_id, type, at])
    else await notifications.query(notify, [payload.notification_id, event_id, at])
}
