import { createAdmin } from '@relevo/kafka'
import { defineService, runService, toKafkaConfig } from '@relevo/kit'
import { consumersKafka } from '@relevo/kit/consumer'
import { api } from './api.ts'
import { chosenChannels } from './channels/createChannels.ts'
import { config } from './config.ts'
import { database } from './database.ts'
import { createHandlers } from './routes.ts'
import { createSubscription } from './subscription.ts'

export const service = defineService({
  name: 'notifications',
  config,
  database,
  // For the endpoints; each channel has a pool of its own.
  pool: { size: 2 },
  api,
  start: ({ config, pool, registry, logger, health, onStop, whenMigrated, watch, fail, fetch }) => {
    const admin = createAdmin({ ...toKafkaConfig(config), logger })
    onStop('kafka admin', () => admin.close())
    const parts = { config, admin, registry, logger, fetch, onCrash: fail }
    const subscriptions = chosenChannels(config).map((channel) => createSubscription(channel, parts))
    onStop('channels', async () => void (await Promise.all(subscriptions.map((each) => each.stop()))))
    for (const { channel, inbox, problem } of subscriptions) {
      health.addReadiness(`channel ${channel}`, problem, 'work')
      health.addLiveness(`channel ${channel}`, () => (inbox.health().crashed ? 'has crashed' : undefined))
    }
    watch(
      consumersKafka(
        config,
        admin,
        subscriptions.map(({ inbox }) => inbox),
      ),
    )
    whenMigrated(() => {
      for (const subscription of subscriptions) subscription.start()
    })
    return createHandlers(pool, subscriptions)
  },
})

if (import.meta.main) await runService(service, process.env)
