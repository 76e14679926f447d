import type { Agreement, Law, UnderWay } from '../system.ts'
import { allIsThereSince, outboxKnowsSince } from './retention.ts'

/** What holds of the notifications at rest: each that was accepted is sent or dead, and that was told to others. */
export const notificationLaws: readonly Law[] = [
  {
    name: 'every accepted notification is sent or in the dead letters, but those that their users have switched off',
    database: 'shop_notifications',
    violations: `
select format('notification %s is %s', id, state) as broken from notification where state not in ('sent', 'dead', 'skipped')`,
  },
  {
    name: 'what became of a notification was told just once, and each time it was given up a copy went to the dead letters',
    database: 'shop_notifications',
    violations: `
select format('notification %s is %s after %s redrives, and was told as sent %s times, as dead %s times, with %s copies',
  id, state, redrives, coalesce(sent, 0), coalesce(dead, 0), coalesce(copies, 0)) as broken
from notification left join (
  select key, count(*) filter (where type = 'NOTIFICATION_SENT') as sent,
    count(*) filter (where type = 'NOTIFICATION_DEAD') as dead,
    count(*) filter (where type = 'NOTIFICATION_REQUESTED') as copies
  from outbox.recorded group by key
) told on told.key = id::text
where created_at >= ${allIsThereSince}
  and (coalesce(sent, 0) <> (state = 'sent')::integer
    or coalesce(dead, 0) <> redrives + (state = 'dead')::integer or coalesce(copies, 0) <> coalesce(dead, 0))`,
  },
]

/** Notifications that wait for the mail server, or for another attempt. */
export const notificationsUnderWay: UnderWay = {
  database: 'shop_notifications',
  count: `select count(*)::int as count from notification where state not in ('sent', 'dead', 'skipped')`,
}

/** Of what the orders asked for, nothing is left out. */
export const notifiedAsAsked: Agreement = {
  name: 'the notifications are those that the orders asked for',
  sides: [
    {
      database: 'orders',
      since: outboxKnowsSince,
      facts: `
select payload ->> 'notification_id' as key, min(payload ->> 'template') as value, min(created_at) as at
from outbox.recorded where topic = 'notifications.requests' group by 1`,
    },
    {
      database: 'shop_notifications',
      // The time at which its request was recorded, to the millisecond.
      facts: `
select id::text as key, template as value, coalesce((headers ->> 'ce_time')::timestamptz, created_at) as at
from notification where order_id is not null`,
    },
  ],
}
