import { countForReplay, Subscriber, subscriptionOf } from '@relevo/event-store'
import { type Call, defineService, runService } from '@relevo/kit'
import { consumerHandlers, gatherMs, startConsumer } from '@relevo/kit/consumer'
import { replayHandlers } from '@relevo/kit/replay'
import { sagaHandlers, startSagas } from '@relevo/kit/saga'
import { readSagaStatuses } from '@relevo/saga'
import { api } from './api.ts'
import { config } from './config.ts'
import { database } from './database.ts'
import { createOrders } from './orders.ts'
import { totalsProjection } from './projections/totals.ts'
import { replyHandlers } from './replies.ts'
import { createHandlers } from './routes.ts'
import { readVersions } from './sql/findOrder.ts'
import { createWaiter } from './waiter.ts'

/** How late the statistics may be while orders come: many of them are then added up at once. */
const totalsPollMs = 250

export const service = defineService({
  name: 'orders',
  config,
  database,
  pool: { pipeline: true },
  api,
  start: (context) => {
    const { pool, logger, registry, config, signal } = context
    const { currency, batchSize: transactionEvents } = config
    const { stepTimeoutMs: timeoutMs, stepAttempts: attempts, forwardTimeoutMs, stuckAfter } = config
    const patience = { timeoutMs, attempts, forwardTimeoutMs, stuckAfter }
    const orders = createOrders({ patience, currency, logger, registry })
    const subscription = subscriptionOf(totalsProjection)
    const totals = new Subscriber({ pool, subscription, logger, registry, minPollMs: totalsPollMs })
    context.onStop('order totals', () => totals.stop())
    const sagas = startSagas(context, orders.definitions)
    const consumer = startConsumer(context, replyHandlers(sagas), { transactionEvents, gatherMs })
    context.whenMigrated(() => {
      totals.start()
      logger.info({}, '🛒 Order Service started')
    })
    const ofSagas = sagaHandlers('en', { pool, sagas })
    return {
      ...createHandlers({
        pool,
        orders,
        versions: createWaiter((ids) => readVersions(pool, ids), { signal }),
        sagas: createWaiter((ids) => readSagaStatuses(pool, ids), { signal }),
        showSaga: (id) => ofSagas.showSaga({ params: { id } } as Call<typeof api.endpoints.showSaga>),
      }),
      ...consumerHandlers('en', consumer),
      ...ofSagas,
      ...replayHandlers(context, { count: countForReplay, replay: orders.store.replay }),
    }
  },
})

if (import.meta.main) await runService(service, process.env)
