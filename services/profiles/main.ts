import { defineService, runService } from '@relevo/kit'
import { consumerHandlers, startConsumer } from '@relevo/kit/consumer'
import { UserKeys } from '@relevo/kit/personal'
import { api } from './api.ts'
import { config } from './config.ts'
import { database } from './database.ts'
import { userHandlers } from './events.ts'
import { createHandlers } from './routes.ts'

/** An outbox locks that many keys one by one; with more, transactions that follow each other wait for whole buckets. */
const transactionEvents = 32

export const service = defineService({
  name: 'profiles',
  config,
  database,
  api,
  start: (context) => {
    const { pool, logger, config } = context
    const { usersUrl: url, usersTimeoutMs: timeoutMs, language } = config
    const token = () => config.operatorTokenFile?.() || config.operatorToken
    const keys = new UserKeys({ url, token, timeoutMs, fetch: context.fetch })
    const handlers = userHandlers({ language, onErased: (id) => keys.forget(id) })
    const consumer = startConsumer(context, handlers, { transactionEvents })
    context.whenMigrated(() => logger.info({}, '🪪 Profiles Service started'))
    return { ...createHandlers({ pool, keys, language }), ...consumerHandlers('en', consumer) }
  },
})

if (import.meta.main) await runService(service, process.env)
