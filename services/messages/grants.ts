import { grantToApp as grantInboxToApp } from '@relevo/inbox'
import { type Grants, grantTablesToApp } from '@relevo/kit/migration'
import { grantToApp as grantOutboxToApp, grantToRelay } from '@relevo/outbox'

/** What the roles of the system's database may do. */
export const grants: Grants = {
  app: [grantOutboxToApp, grantInboxToApp, grantTablesToApp],
  relay: [grantToRelay],
}
