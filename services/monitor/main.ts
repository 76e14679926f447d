import { defineService, runService } from '@relevo/kit'
import { consumerHandlers, startConsumer } from '@relevo/kit/consumer'
import { api } from './api.ts'
import { Canaries } from './canaries.ts'
import { config } from './config.ts'
import { database } from './database.ts'
import { createHandlers } from './routes.ts'
import { startMonitor } from './startMonitor.ts'
import { canaryHandlers, factHandlers } from './takeFacts.ts'

export const service = defineService({
  name: 'monitor',
  config,
  database,
  api,
  start: (context) => {
    const { pool, logger } = context
    const canaries = new Canaries(context.pool, context.registry, context.config)
    const taken = canaryHandlers((outbox, seconds) => canaries.note(outbox, seconds))
    const consumer = startConsumer(context, { ...factHandlers, ...taken })
    const parts = { ...startMonitor(context, consumer, canaries), canaries }
    context.whenMigrated(() => logger.info({}, '📊 Monitor Service started'))
    return { ...createHandlers({ pool, ...parts }), ...consumerHandlers('en', consumer) }
  },
})

if (import.meta.main) await runService(service, process.env)
