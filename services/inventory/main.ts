import { defineService, runService } from '@relevo/kit'
import { consumerHandlers, gatherMs, startConsumer } from '@relevo/kit/consumer'
import { api } from './api.ts'
import { config } from './config.ts'
import { database } from './database.ts'
import { commandHandlers } from './handleCommands.ts'
import { createHandlers } from './routes.ts'

export const service = defineService({
  name: 'inventory',
  config,
  database,
  pool: { pipeline: true },
  api,
  start: (context) => {
    const { pool, logger, config } = context
    const { currency, batchSize } = config
    const handlers = commandHandlers({ currency, logger })
    const consumer = startConsumer(context, handlers, { transactionEvents: batchSize, gatherMs })
    context.whenMigrated(() => logger.info({}, '📦 Inventory Service started'))
    return { ...createHandlers({ pool, currency }), ...consumerHandlers('en', consumer) }
  },
})

if (import.meta.main) await runService(service, process.env)
