import { defineService, runService } from '@relevo/kit'
import { api } from './api.ts'
import { config } from './config.ts'
import { database } from './database.ts'
import { startConsole } from './startConsole.ts'

export const service = defineService({ name: 'console', config, database, api, start: startConsole })

if (import.meta.main) await runService(service, process.env)
