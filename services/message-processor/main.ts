import { defineService, runService } from '@relevo/kit'
import { consumerHandlers, startConsumer } from '@relevo/kit/consumer'
import { database } from '@relevo/messages-service/database'
import { api } from './api.ts'
import { config } from './config.ts'
import { selectHandlers } from './events.ts'
import { countMessages } from './sql/countMessages.ts'

const countLimit = 100_000

export const service = defineService({
  name: 'message-processor',
  config,
  database,
  pool: { pipeline: true },
  api,
  start: (context) => {
    const { eventTypes } = context.config
    const consumer = startConsumer(context, selectHandlers(eventTypes), {
      onUnknownType: eventTypes.length === 0 ? 'deadLetter' : 'ignore',
    })
    const findTotal = async () => ({ total: await countMessages(context.pool, countLimit) })
    return consumerHandlers('es', consumer, findTotal)
  },
})

if (import.meta.main) await runService(service, process.env)
