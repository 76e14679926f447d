import { defineService, runService } from '@relevo/kit'
import { api } from './api.ts'
import { config } from './config.ts'
import { createHandlers } from './routes.ts'
import { startGateway } from './startGateway.ts'

export const service = defineService({
  name: 'gateway',
  config,
  api,
  isEdge: true,
  start: (context) => createHandlers(startGateway(context)),
})

if (import.meta.main) await runService(service, process.env)
