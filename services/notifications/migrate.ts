import { topics } from '@relevo/contracts'
import { runMigration } from '@relevo/kit/migration'
import { grants } from './grants.ts'
import { migrations } from './migrations.ts'

await runMigration({
  name: 'notifications-migrate',
  // biome-ignore lint/style/noProcessEnv: this is the main file of a process
  env: process.env,
  migrations,
  grants,
  topics: [topics.commissions, topics.commissionsDeadLetters],
})
