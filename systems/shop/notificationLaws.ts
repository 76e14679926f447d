import type { Law, UnderWay } from '../system.ts'

/** What holds of the notifications at rest: each that was accepted is sent or dead, and that was told to others. */
export const notificationLaws: readonly Law[] = [
  {
    name: 'every accepted notification is sent or in the dead letters',
    database: 'shop_notifications',
    violations: `
select format('notification %s is %s', id, state) as broken from notification where state not in ('sent', 'dead')`,
  },
  {
    name: 'what became of a notification is in its events, and a dead one has its copy for the dead letters',
    database: 'shop_notifications',
    violations: `
select format('notification %s is %s, and has no event %s', n.id, state, due) as broken
from notification n, unnest(case state when 'sent' then array['NOTIFICATION_SENT']
  when 'dead' then array['NOTIFICATION_DEAD', 'NOTIFICATION_REQUESTED'] end) due
where ended_at > now() - interval '1 day' -- the outbox drops its events after a time
  and not exists (select from outbox.recorded e where e.key = n.id::text and e.type = due)`,
  },
]

/** Notifications that wait for the mail server, or for another attempt. */
export const notificationsUnderWay: UnderWay = {
  database: 'shop_notifications',
  count: `select count(*)::int as count from notification where state not in ('sent', 'dead')`,
}
