import { createProducer } from '@relevo/kafka'
import { Maintenance, OutboxMonitor, Relay } from '@relevo/relay'
import {
  createApp,
  createPool,
  problemDetails,
  runService,
  type ServiceContext,
  startHttpServer,
  toKafkaConfig,
} from '@relevo/service'
import { openapi } from './api.ts'
import { configSpec, type RelayConfig } from './config.ts'
import { canPublish, loopTurns } from './readiness.ts'
import { relayOptions } from './relayOptions.ts'
import { createRoutes } from './routes.ts'

const statementTimeoutMs = 300_000

async function start(context: ServiceContext<RelayConfig>): Promise<void> {
  const { config, logger, registry, health, onStop } = context
  const { databaseUrl } = config
  const pool = createPool({ databaseUrl, name: 'relevo relay', size: 3, statementTimeoutMs, logger })
  onStop('database', () => pool.end())
  const producer = createProducer({ ...toKafkaConfig(config), logger })
  onStop('producer', () => producer.close())

  const relay = new Relay({ ...relayOptions(config), producer, logger, registry })
  const maintenance = new Maintenance(pool, logger, config)
  const monitor = new OutboxMonitor(pool, registry, logger, { auditEveryMs: config.auditEveryMs })
  relay.start()
  onStop('relay', () => relay.stop())
  maintenance.start()
  onStop('maintenance', () => maintenance.stop())
  monitor.start()
  onStop('monitor', () => monitor.stop())

  health.addLiveness('relay', loopTurns(relay))
  health.addReadiness('relay', () => relay.status().problem)
  health.addReadiness('kafka', canPublish(producer))
  const routes = createRoutes(pool, relay)
  const app = createApp({ ...context, routes, openapi, errorStyle: problemDetails })
  const server = await startHttpServer(app, config)
  onStop('http server', () => server.stop())
  logger.info({ port: server.port }, 'listening')
}

await runService({ name: 'relay', config: configSpec, env: process.env, start })
