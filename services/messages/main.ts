import { defineService, runService } from '@relevo/kit'
import { AcknowledgementWatcher } from '@relevo/outbox'
import { api } from './api.ts'
import { config } from './config.ts'
import { database } from './database.ts'
import { openEvents } from './openEvents.ts'
import { createHandlers } from './routes.ts'

export const service = defineService({
  name: 'messages',
  config,
  database,
  api,
  // A content of control characters takes six bytes for each in JSON.
  maxBodyBytes: ({ messageMaxBytes }) => messageMaxBytes * 6 + 1_024,
  start: async (context) => {
    const { config, pool, logger, onStop } = context
    const watcher = new AcknowledgementWatcher(pool, {
      onError: (error) => logger.warn({ err: error }, 'acknowledgements cannot be looked for'),
    })
    onStop('acknowledgements', () => watcher.stop())
    return createHandlers({ pool, watcher, config, findEvents: await openEvents(context) })
  },
})

if (import.meta.main) await runService(service, process.env)
