import { createApp, createPool, runService, spanishErrors, startHttpServer, waitForSchema } from '@relevo/kit'
import { AcknowledgementWatcher } from '@relevo/outbox'
import { openapi } from './api.ts'
import { config } from './config.ts'
import { migrations } from './migrations.ts'
import { createRoutes } from './routes.ts'

await runService({
  name: 'messages',
  config,
  env: process.env,
  start: async ({ name, config, logger, registry, health, signal, onStop }) => {
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

    const watcher = new AcknowledgementWatcher(pool, {
      onError: (error) => logger.warn({ err: error }, 'acknowledgements cannot be looked for'),
    })
    onStop('acknowledgements', () => watcher.stop())

    const routes = createRoutes({ pool, watcher, config })
    // A content of control characters takes six bytes for each in JSON.
    const maxBodyBytes = config.messageMaxBytes * 6 + 1_024
    const app = createApp({
      name,
      logger,
      registry,
      health,
      routes,
      openapi,
      errorStyle: spanishErrors,
      maxBodyBytes,
    })
    const server = await startHttpServer(app, config)
    onStop('http', () => server.stop())
    logger.info({ port: server.port }, 'listening')
  },
})
