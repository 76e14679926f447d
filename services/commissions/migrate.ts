import { runMigration } from '@relevo/kit/migration'
import { commissionsTopic } from '../../systems/commissions.ts'
import { grants } from './grants.ts'
import { migrations } from './migrations.ts'

await runMigration({
  name: 'commissions-migrate',
  // biome-ignore lint/style/noProcessEnv: this is the main file of a process
  env: process.env,
  migrations,
  grants,
  topics: [commissionsTopic, commissionsTopic.deadLetters],
})
