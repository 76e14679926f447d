// The service: answers HTTP, records events, consumes them. node main.ts --help lists its variables.
import { defineService, runService } from '@relevo/kit'
import { consumerHandlers, startConsumer } from '@relevo/kit/consumer'
import { api } from './api.ts'
import { config } from './config.ts'
import { database } from './database.ts'
import { handlers } from './events.ts'
import { createHandlers } from './routes.ts'

const service = defineService({
  name: 'orders',
  config,
  database,
  api,
  start: (context) => ({
    ...createHandlers(context.pool),
    ...consumerHandlers('en', startConsumer(context, handlers)),
  }),
})

await runService(service, process.env)
