import { type ServiceContext, toKafkaConfig } from '@relevo/kit'
import type { Consumer } from '@relevo/kit/consumer'
import type { AnalyticsConfig } from './config.ts'
import { keepClosing } from './keepClosing.ts'
import { keepRebuilding } from './keepRebuilding.ts'

/** Closes windows and rebuilds, once the database is migrated, until the service stops. */
export function startAnalytics(context: ServiceContext<AnalyticsConfig>, consumer: Consumer): void {
  const { pool, config, logger, registry, onStop, whenMigrated } = context
  const { admin, groupId, topics } = consumer
  const stopping = new AbortController()
  const { signal } = stopping
  let working: Promise<unknown> = Promise.resolve()
  onStop('windows', async () => {
    stopping.abort()
    await working
  })
  whenMigrated(() => {
    const closing = keepClosing({ pool, admin, groupId, topics, settings: config, logger, registry, signal })
    const kafka = { ...toKafkaConfig(config), logger }
    const rebuilding = keepRebuilding({ pool, admin, kafka, topics, settings: config, logger, signal })
    working = Promise.all([closing, rebuilding])
  })
}
