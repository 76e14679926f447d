import { topics } from '@relevo/contracts'
import { grantToApp } from '@relevo/inbox'
import { grantTablesToApp, runMigration } from '@relevo/migration'
import { migrations } from './migrations.ts'

await runMigration({
  name: 'notifications-migrate',
  // biome-ignore lint/style/noProcessEnv: this is the main file of a process
  env: process.env,
  migrations,
  grants: { app: [grantToApp, grantTablesToApp], relay: [] },
  topics: [topics.commissions, topics.commissionsDeadLetters],
})
