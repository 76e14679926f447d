import { createAdmin } from '@relevo/kafka'
import {
  createApp,
  createPool,
  problemDetails,
  runService,
  startHttpServer,
  toKafkaConfig,
  waitForSchema,
} from '@relevo/kit'
import { openapi } from './api.ts'
import { chosenChannels } from './channels/createChannels.ts'
import { config } from './config.ts'
import { migrations } from './migrations.ts'
import { createRoutes } from './routes.ts'
import { createSubscription } from './subscription.ts'

await runService({
  name: 'notifications',
  config,
  env: process.env,
  start: async ({ name, config, logger, registry, health, signal, onStop, fail }) => {
    const pool = createPool({ databaseUrl: config.databaseUrl, name, size: 2, logger })
    onStop('database', () => pool.end())
    health.addReadiness('database', async () => void (await pool.query('select 1')))
    const admin = createAdmin({ ...toKafkaConfig(config), logger })
    onStop('kafka admin', () => admin.close())

    const parts = { config, registry, logger, onCrash: fail }
    const subscriptions = chosenChannels(config).map((channel) => createSubscription(channel, parts))
    onStop('channels', async () => void (await Promise.all(subscriptions.map((each) => each.stop()))))
    for (const { channel, inbox, problem } of subscriptions) {
      health.addReadiness(`channel ${channel}`, problem)
      health.addLiveness(`channel ${channel}`, () => (inbox.health().crashed ? 'has crashed' : undefined))
    }

    const routes = createRoutes({ subscriptions, admin, topic: config.topic })
    const app = createApp({ name, logger, registry, health, routes, openapi, errorStyle: problemDetails })
    const server = await startHttpServer(app, config)
    onStop('http', () => server.stop())
    logger.info({ port: server.port }, 'listening')

    if (await waitForSchema({ pool, sets: migrations, health, logger, signal }))
      for (const subscription of subscriptions) subscription.start()
  },
})
