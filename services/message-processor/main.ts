import { createAdmin } from '@relevo/kafka'
import {
  createApp,
  createPool,
  runService,
  spanishErrors,
  startHttpServer,
  toKafkaConfig,
  waitForSchema,
} from '@relevo/kit'
import { migrations } from '@relevo/messages-service/migrations'
import { openapi } from './api.ts'
import { config } from './config.ts'
import { createProcessor } from './createProcessor.ts'
import { createRoutes } from './routes.ts'

await runService({
  name: 'message-processor',
  config,
  env: process.env,
  start: async ({ name, config, logger, registry, health, signal, onStop, fail }) => {
    const pool = createPool({
      databaseUrl: config.databaseUrl,
      name,
      size: config.databasePoolSize,
      statementTimeoutMs: config.databaseStatementTimeoutMs,
      pipeline: true,
      logger,
    })
    onStop('database', () => pool.end())
    health.addReadiness('database', async () => void (await pool.query('select 1')))

    const admin = createAdmin({ ...toKafkaConfig(config), logger })
    onStop('kafka admin', () => admin.close())
    const inbox = createProcessor({ config, pool, registry, logger, onCrash: fail })
    onStop('inbox', () => inbox.stop())
    health.addReadiness('consumer', () => (inbox.health().joined ? undefined : 'has not joined its group'))
    health.addLiveness('consumer', () => (inbox.health().crashed ? 'has crashed' : undefined))

    const { groupId, topic } = config
    const routes = createRoutes({ pool, inbox, admin, groupId, topic })
    const app = createApp({ name, logger, registry, health, routes, openapi, errorStyle: spanishErrors })
    const server = await startHttpServer(app, config)
    onStop('http', () => server.stop())
    logger.info({ port: server.port }, 'listening')

    if (await waitForSchema({ pool, sets: migrations, health, logger, signal })) inbox.start()
  },
})
