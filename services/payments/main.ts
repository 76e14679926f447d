import { defineService, runService } from '@relevo/kit'
import { consumerHandlers, gatherMs, startConsumer } from '@relevo/kit/consumer'
import type pg from 'pg'
import { api } from './api.ts'
import { config, type PaymentsConfig, parseAmount } from './config.ts'
import { database } from './database.ts'
import { commandHandlers } from './handleCommands.ts'
import { createPaymentMetrics } from './metrics.ts'
import { createSandboxProvider } from './provider/sandboxProvider.ts'
import { createHandlers } from './routes.ts'
import { readPending } from './sql/readPending.ts'
import { PaymentWorker } from './worker/paymentWorker.ts'

export const service = defineService({
  name: 'payments',
  config,
  database,
  pool: { pipeline: true },
  api,
  start: (context) => {
    const { pool, config, logger, registry, onStop, whenMigrated } = context
    const metrics = createPaymentMetrics(registry)
    const worker = new PaymentWorker({
      pool,
      provider: createSandboxProvider({
        client: pool,
        declineAboveMinor: parseAmount(config.sandboxDeclineAbove) ?? 0n,
        slowMs: config.sandboxSlowMs,
        failureRate: config.sandboxFailureRate,
      }),
      metrics,
      logger,
      onSteps: metrics.countSteps,
      timeoutMs: config.providerTimeoutMs,
      concurrency: config.providerConcurrency,
      pollMs: config.pollIntervalMs,
      backoff: { initialMs: config.providerRetryInitialDelayMs, maxMs: config.providerRetryMaxDelayMs },
      unsettledAfterMs: config.unsettledAfterMs,
    })
    onStop('payment worker', () => worker.stop())
    const consumer = startConsumer(context, commandHandlers(metrics.countSteps), {
      transactionEvents: config.batchSize,
      onProcessed: () => worker.wake(),
      gatherMs,
    })
    whenMigrated(() => {
      worker.start()
      logger.info({}, '💳 Payments Service started')
    })
    return { ...createHandlers(pool), ...consumerHandlers('en', consumer, () => findStats(pool, config)) }
  },
})

async function findStats(pool: pg.Pool, { unsettledAfterMs }: Pick<PaymentsConfig, 'unsettledAfterMs'>) {
  const { pending, oldestSeconds, unsettled } = await readPending(pool, unsettledAfterMs)
  return { pending, oldest_pending_seconds: oldestSeconds, unsettled }
}

if (import.meta.main) await runService(service, process.env)
