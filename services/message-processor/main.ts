import { defineService, runService } from '@relevo/kit'
import { consumerHandlers, startConsumer } from '@relevo/kit/consumer'
import { messagesDatabase as database } from '../../systems/databases/messages.ts'
import { api } from './api.ts'
import { config } from './config.ts'
import { handlers } from './events.ts'
import { countMessages } from './sql/countMessages.ts'

const countLimit = 100_000

export const service = defineService({
  name: 'message-processor',
  config,
  database,
  pool: { pipeline: true },
  api,
  start: (context) => {
    const consumer = startConsumer(context, handlers)
    const findTotal = async () => ({ total: await countMessages(context.pool, countLimit) })
    return consumerHandlers('es', consumer, findTotal)
  },
})

if (import.meta.main) await runService(service, process.env)
