import {
  createApp,
  createPool,
  problemDetails,
  runService,
  startHttpServer,
  waitForSchema,
} from '@relevo/kit'
import { openapi } from './api.ts'
import { config } from './config.ts'
import { parsePercentage } from './domain/percentage.ts'
import { migrations } from './migrations.ts'
import { createRoutes } from './routes.ts'

await runService({
  name: 'commissions',
  config,
  env: process.env,
  start: async ({ name, config, logger, registry, health, signal, onStop }) => {
    const percentage = parsePercentage(config.percentage)
    if (!percentage) throw new Error('COMMISSION_PERCENTAGE has been checked before')
    const pool = createPool({
      databaseUrl: config.databaseUrl,
      name,
      size: config.databasePoolSize,
      statementTimeoutMs: config.databaseStatementTimeoutMs,
      logger,
    })
    onStop('database', () => pool.end())
    health.addReadiness('database', async () => void (await pool.query('select 1')))
    void waitForSchema({ pool, sets: migrations, health, logger, signal })

    const app = createApp({
      name,
      logger,
      registry,
      health,
      routes: createRoutes({ pool, percentage }),
      openapi,
      errorStyle: problemDetails,
      maxBodyBytes: config.maxBodyBytes,
    })
    const server = await startHttpServer(app, config)
    onStop('http', () => server.stop())
    logger.info({ port: server.port }, 'listening')
  },
})
