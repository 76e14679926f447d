import { createProducer } from '@relevo/kafka'
import {
  createApp,
  createPool,
  problemDetails,
  runService,
  type ServiceContext,
  startHttpServer,
  toKafkaConfig,
  waitForSchema,
} from '@relevo/kit'
import { outboxMigrations } from '@relevo/outbox'
import { Maintenance, OutboxMonitor, Relay } from '@relevo/relay'
import { openapi } from './api.ts'
import { configSpec, type RelayConfig } from './config.ts'
import { canPublish, loopTurns } from './readiness.ts'
import { relayOptions, slotOf } from './relayOptions.ts'
import { createRoutes } from './routes.ts'

const statementTimeoutMs = 300_000

async function start(context: ServiceContext<RelayConfig>): Promise<void> {
  const { config, logger, registry, health, signal, onStop } = context
  const { databaseUrl } = config
  const pool = createPool({ databaseUrl, name: 'relevo relay', size: 3, statementTimeoutMs, logger })
  onStop('database', () => pool.end())
  const producer = createProducer({ ...toKafkaConfig(config), logger })
  onStop('producer', () => producer.close())

  const relay = new Relay({ ...relayOptions(config), producer, logger, registry })
  const maintenance = new Maintenance(pool, logger, {
    ...config,
    ...(config.relaySource === 'table' && { unusedSlot: slotOf(config) }),
  })
  const monitor = new OutboxMonitor(pool, registry, logger, {
    auditEveryMs: config.auditEveryMs,
    slot: slotOf(config),
    onAudit: (newlyMissing) => relay.heedAudit(newlyMissing),
  })
  onStop('relay', () => relay.stop())
  onStop('maintenance', () => maintenance.stop())
  onStop('monitor', () => monitor.stop())

  health.addLiveness('relay', loopTurns(relay))
  health.addReadiness('relay', () => relay.status().problem)
  health.addReadiness('kafka', canPublish(producer))
  const routes = createRoutes(pool, relay)
  const app = createApp({ ...context, routes, openapi, errorStyle: problemDetails })
  const server = await startHttpServer(app, config)
  onStop('http server', () => server.stop())
  logger.info({ port: server.port }, 'listening')

  if (!(await waitForSchema({ pool, sets: [outboxMigrations], health, logger, signal }))) return
  relay.start()
  maintenance.start()
  monitor.start()
}

await runService({ name: 'relay', config: configSpec, env: process.env, start })
