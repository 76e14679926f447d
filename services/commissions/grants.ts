import { type Grants, grantTablesToApp } from '@relevo/kit/migration'
import { grantToApp, grantToRelay } from '@relevo/outbox'

/** What the roles of the database may do. */
export const grants: Grants = { app: [grantToApp, grantTablesToApp], relay: [grantToRelay] }
