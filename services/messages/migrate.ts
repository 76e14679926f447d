import { runMigration } from '@relevo/kit/migration'
import { messagesTopic } from '../../systems/messages.ts'
import { grants } from './grants.ts'
import { migrations } from './migrations.ts'

await runMigration({
  name: 'messages-migrate',
  // biome-ignore lint/style/noProcessEnv: this is the main file of a process
  env: process.env,
  migrations,
  grants,
  topics: [messagesTopic, messagesTopic.deadLetters],
})
