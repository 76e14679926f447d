import { createProducer } from '@relevo/kafka'
import { defineService, kafkaServer, runService, toKafkaConfig } from '@relevo/kit'
import { Maintenance, OutboxMonitor, Relay } from '@relevo/relay'
import { api } from './api.ts'
import { configSpec } from './config.ts'
import { database } from './database.ts'
import { canPublish, loopTurns } from './readiness.ts'
import { relayOptions, slotOf } from './relayOptions.ts'
import { createHandlers } from './routes.ts'

export const service = defineService({
  name: 'relay',
  config: configSpec,
  database,
  pool: { size: 3, statementTimeoutMs: 300_000 },
  api,
  start: ({ config, pool, logger, registry, health, onStop, whenMigrated, watch, heedDatabase }) => {
    const producer = createProducer({ ...toKafkaConfig(config), logger })
    onStop('producer', () => producer.close())
    const slot = slotOf(config)
    const relay = new Relay({ ...relayOptions(config), producer, logger, registry })
    const maintenance = new Maintenance(pool, logger, {
      ...config,
      ...(config.relaySource === 'table' && { unusedSlot: slot }),
    })
    const monitor = new OutboxMonitor(pool, registry, logger, {
      auditEveryMs: config.auditEveryMs,
      slot,
      onAudit: (newlyMissing) => relay.heedAudit(newlyMissing),
    })
    onStop('relay', () => relay.stop())
    onStop('maintenance', () => maintenance.stop())
    onStop('monitor', () => monitor.stop())

    health.addLiveness('relay', loopTurns(relay))
    health.addReadiness('relay', () => relay.status().problem)
    heedDatabase(() => relay.trouble)
    watch(kafkaServer(config, canPublish(producer, relay)))
    whenMigrated(() => {
      relay.start()
      maintenance.start()
      monitor.start()
    })
    return createHandlers(pool, relay)
  },
})

if (import.meta.main) await runService(service, process.env)
