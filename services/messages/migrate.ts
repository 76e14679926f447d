import {
  bool,
  checkKafka,
  databaseVariables,
  defineConfig,
  duration,
  kafkaVariables,
  migrate,
  processVariables,
  runTask,
  string,
  toKafkaConfig,
} from '@relevo/service'
import { createTopics } from './createTopics.ts'
import { grantRights } from './grantRights.ts'
import { migrations } from './migrations.ts'

const { databaseUrl } = databaseVariables
const config = defineConfig(
  {
    ...processVariables,
    databaseUrl,
    ...kafkaVariables('messages-migrate'),
    appRole: string('DATABASE_APP_ROLE', {
      optional: true,
      doc: 'The role that services log in as; it gets the rights to use the tables. Not set: it is the owner itself',
    }),
    relayRole: string('DATABASE_RELAY_ROLE', {
      optional: true,
      doc: 'The role that the relay logs in as; it gets the event table of the outbox. Not set: it is the owner itself',
    }),
    createTopics: bool('CREATE_TOPICS', { default: true, doc: 'Whether the Kafka topics are created here' }),
    timeoutMs: duration('MIGRATE_TIMEOUT_MS', {
      default: 60_000,
      doc: 'How long to wait for servers that are not up yet, and for a migration that another process runs',
    }),
  },
  checkKafka,
)

await runTask({
  name: 'messages-migrate',
  config,
  // biome-ignore lint/style/noProcessEnv: this is the main file of a process
  env: process.env,
  run: async ({ config, logger }) => {
    const bounds = { connectTimeoutMs: config.timeoutMs, lockTimeoutMs: config.timeoutMs }
    await migrate(config.databaseUrl, migrations, logger, bounds)
    await grantRights(config.databaseUrl, { app: config.appRole, relay: config.relayRole }, logger)
    if (config.createTopics) await createTopics(toKafkaConfig(config), config.timeoutMs, logger)
  },
})
