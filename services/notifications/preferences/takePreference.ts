import { type InboxHandlers, inboxHandler } from '@relevo/inbox'
import { profileUpdated } from '../../../systems/users/profileEvents.ts'
import { storePreference } from './sql/preferences.ts'

/** Keeps what users choose in their profiles. */
export const preferenceHandlers: InboxHandlers = {
  [profileUpdated.type]: inboxHandler(profileUpdated.payload, async ({ data }, tx) => {
    const { id, version, language, notifications } = data
    await storePreference(tx, id, version, {
      language,
      orderUpdates: notifications?.order_updates ?? true,
      accountNews: notifications?.account_news ?? true,
    })
  }),
}
