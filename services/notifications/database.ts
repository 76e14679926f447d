import { inboxSchema } from '@relevo/inbox'
import { defineDatabase, runMigration } from '@relevo/kit'
import { outboxSchema } from '@relevo/outbox'
import { commissionsTopic } from '../../systems/commissions.ts'
import { notificationsDlq, notificationsEvents, notificationsRequests } from '../../systems/shop/topics.ts'
import { profileUpdatedTopic } from '../../systems/users/topics.ts'

/** What each channel has done with each event, the lines on their way to files, and the e-mails that were asked for. */
export const database = defineDatabase({
  name: 'notifications',
  uses: [outboxSchema, inboxSchema],
  migrations: new URL('./migrations/', import.meta.url),
  topics: [
    commissionsTopic,
    commissionsTopic.deadLetters,
    notificationsRequests,
    notificationsDlq,
    notificationsEvents,
    notificationsEvents.deadLetters,
    profileUpdatedTopic,
    profileUpdatedTopic.deadLetters,
  ],
})

if (import.meta.main) await runMigration(database, process.env)
