import { grantToApp } from '@relevo/inbox'
import { type Grants, grantTablesToApp } from '@relevo/kit/migration'

/** What the roles of the database may do; it has no outbox, so that no relay works on it. */
export const grants: Grants = { app: [grantToApp, grantTablesToApp], relay: [] }
