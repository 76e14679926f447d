import { defineService, runService } from '@relevo/kit'
import { api } from './api.ts'
import { config } from './config.ts'
import { database } from './database.ts'
import { parsePercentage } from './domain/percentage.ts'
import { createHandlers } from './routes.ts'

export const service = defineService({
  name: 'commissions',
  config,
  database,
  api,
  maxBodyBytes: ({ maxBodyBytes }) => maxBodyBytes,
  start: ({ config, pool }) => {
    const percentage = parsePercentage(config.percentage)
    if (!percentage) throw new Error('COMMISSION_PERCENTAGE has been checked before')
    return createHandlers({ pool, percentage })
  },
})

if (import.meta.main) await runService(service, process.env)
