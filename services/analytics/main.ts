import { defineService, runService } from '@relevo/kit'
import { consumerHandlers, startConsumer } from '@relevo/kit/consumer'
import { api } from './api.ts'
import { config } from './config.ts'
import { database } from './database.ts'
import { createHandlers, findProgress } from './routes.ts'
import { startAnalytics } from './startAnalytics.ts'
import { countingHandlers } from './takeContributions.ts'

export const service = defineService({
  name: 'analytics',
  config,
  database,
  api,
  start: (context) => {
    const { pool, config, logger } = context
    const consumer = startConsumer(context, countingHandlers(config), { transactionEvents: config.batchSize })
    startAnalytics(context, consumer)
    context.whenMigrated(() => logger.info({}, '📊 Analytics Service started'))
    const more = () => findProgress(pool, config.windowMinutes)
    return { ...createHandlers({ pool, ...config }), ...consumerHandlers('en', consumer, more) }
  },
})

if (import.meta.main) await runService(service, process.env)
