import { databaseVariables, processVariables } from '../config/commonVariables.ts'
import { checkKafka, kafkaVariables, toKafkaConfig } from '../config/kafkaVariables.ts'
import { defineConfig, type Environment } from '../config/loadConfig.ts'
import { bool, duration, string } from '../config/variable.ts'
import { runTask } from '../process/runTask.ts'
import { toDatabaseUrl } from './databaseUrl.ts'
import type { Database } from './defineDatabase.ts'
import { grantRights } from './grantRights.ts'
import { migrate } from './migrate.ts'

/**
 * Brings a database and its topics up to date in this process, which ends then: with 0, or with 1 and the reason in
 * the log. Several may run at once.
 */
export function runMigration(database: Database, env: Environment): Promise<void> {
  const name = `${database.name}-migrate`
  return runTask({
    name,
    config: configOf(name),
    env,
    run: async ({ config, logger }) => {
      const databaseUrl = toDatabaseUrl(config)
      const { appRole, relayRole, timeoutMs } = config
      const bounds = { connectTimeoutMs: timeoutMs, lockTimeoutMs: timeoutMs }
      await migrate(databaseUrl, database.migrations, logger, bounds)
      await grantRights(databaseUrl, { app: appRole, relay: relayRole }, database.grants, logger)
      if (!config.createTopics) return
      // A service imports its database as well, and most have no use for a Kafka client.
      const { createTopics } = await import('./createTopics.ts')
      await createTopics(toKafkaConfig(config), database.topics, timeoutMs, logger)
    },
  })
}

function configOf(name: string) {
  return defineConfig(
    {
      ...processVariables,
      databaseUrl: databaseVariables.databaseUrl,
      databasePasswordFile: databaseVariables.databasePasswordFile,
      ...kafkaVariables(name),
      appRole: string('DATABASE_APP_ROLE', {
        optional: true,
        doc: "The services' database role, which gets the rights to use the tables. Not set: the owner",
      }),
      relayRole: string('DATABASE_RELAY_ROLE', {
        optional: true,
        doc: "The relay's database role, which gets its rights on the outbox. Not set: the owner",
      }),
      createTopics: bool('CREATE_TOPICS', {
        default: true,
        doc: 'Whether the Kafka topics are created here',
      }),
      timeoutMs: duration('MIGRATE_TIMEOUT_MS', {
        default: 60_000,
        doc: 'How long to wait for servers that are not up yet, and for a migration that another process runs',
      }),
    },
    checkKafka,
  )
}
